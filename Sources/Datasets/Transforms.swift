import Support

/// What images are changed by while a network trains.
public enum Augmentation: String, CaseIterable, Sendable {
  /// The notebook's: random size, rotation, crop and mirror.
  case notebook
  /// None: the validation transform.
  case none
}

/// The sizes that images are resized to before a square is cropped, in proportion to the crop: the
/// notebook's 256, 296 and 384 pixels belong to its crop of 224.
package struct TransformSizes: Equatable, Sendable {
  /// The side of the network's input in pixels.
  package let crop: Int
  /// The short sides in pixels, one of which is drawn for a training image.
  package let training: [Int]
  /// The short side in pixels of a validation image.
  package let validation: Int

  /// The largest short side in pixels that an image is resized to.
  package var largest: Int { max(training.max() ?? 0, validation) }

  /// - Parameter crop: The side of the network's input in pixels.
  package init(crop: Int) {
    precondition(crop > 0, "a crop has at least one pixel")
    func scaled(_ side: Int) -> Int {
      Int((Double(side * crop) / 224).rounded(.toNearestOrAwayFromZero))
    }
    self.crop = crop
    training = [256, 296, 384].map(scaled)
    validation = scaled(256)
  }
}

/// The notebook's augmentation: a random size, a random small rotation, a random crop, a mirror.
///
/// Source: torchvision `RandomChoice` of `Resize`s, `RandomRotation(10)`, `RandomCrop`,
/// `RandomHorizontalFlip`, on PIL images.
package struct TrainingTransform: Equatable, Sendable {
  /// The short sides to choose from, in pixels.
  package let resizeSizes: [Int]
  /// Angles are drawn between minus and plus this many degrees.
  package let maximumRotation: Double
  /// The side of the crop in pixels.
  package let crop: Int

  /// - Precondition: There is a size and none is smaller than the crop.
  package init(resizeSizes: [Int], maximumRotation: Double = 10, crop: Int) {
    precondition(crop > 0, "a crop has at least one pixel")
    precondition(!resizeSizes.isEmpty, "at least one size")
    precondition(resizeSizes.allSatisfy { $0 >= crop }, "sizes \(resizeSizes) cover crop \(crop)")
    precondition(maximumRotation >= 0, "an angle from 0")
    self.resizeSizes = resizeSizes
    self.maximumRotation = maximumRotation
    self.crop = crop
  }

  /// The transform to and from these sizes.
  package init(_ sizes: TransformSizes) {
    self.init(resizeSizes: sizes.training, crop: sizes.crop)
  }

  /// Everything that is random about one transformed image.
  package struct Draws: Equatable, Sendable {
    /// The short side after resizing, in pixels.
    package var resize: Int
    /// The angle of the rotation, in degrees counter-clockwise.
    package var degrees: Double
    /// The first row of the crop, in pixels of the resized image.
    package var top: Int
    /// The first column of the crop, in pixels of the resized image.
    package var left: Int
    /// Whether left and right are exchanged, after the crop.
    package var isMirrored: Bool

    /// Draws given by hand.
    package init(
      resize: Int, degrees: Double = 0, top: Int, left: Int, isMirrored: Bool = false
    ) {
      self.resize = resize
      self.degrees = degrees
      self.top = top
      self.left = left
      self.isMirrored = isMirrored
    }
  }

  /// Draws for an image of a given size: every size, every angle, every position of the crop and
  /// both mirrorings are equally likely.
  package func draw(for size: ImageSize, using stream: inout RandomStream) -> Draws {
    let resize = resizeSizes[stream.index(below: resizeSizes.count)]
    let resized = size.resized(shortSide: resize)
    let degrees = maximumRotation * (2 * stream.uniform() - 1)
    let top = stream.index(below: resized.height - crop + 1)
    let left = stream.index(below: resized.width - crop + 1)
    return Draws(
      resize: resize, degrees: degrees, top: top, left: left,
      isMirrored: stream.index(below: 2) == 1)
  }

  /// The image transformed by given draws.
  ///
  /// - Returns: `crop` by `crop` pixels.
  package func apply(_ draws: Draws, to image: Image) -> Image {
    let cropped = image.resized(shortSide: draws.resize)
      .rotated(degrees: draws.degrees)
      .cropped(top: draws.top, left: draws.left, side: crop)
    return draws.isMirrored ? cropped.mirrored() : cropped
  }
}

/// The transform of validation images: the short side resized, the middle cropped.
///
/// Source: torchvision `Resize`, `CenterCrop`, on PIL images.
package struct ValidationTransform: Equatable, Sendable {
  /// The short side after resizing, in pixels.
  package let resize: Int
  /// The side of the crop in pixels.
  package let crop: Int

  /// - Precondition: Both are above 0.
  package init(resize: Int, crop: Int) {
    precondition(resize > 0 && crop > 0, "sizes of at least one pixel")
    self.resize = resize
    self.crop = crop
  }

  /// The transform to and from these sizes.
  package init(_ sizes: TransformSizes) {
    self.init(resize: sizes.validation, crop: sizes.crop)
  }

  /// - Returns: `crop` by `crop` pixels.
  package func apply(to image: Image) -> Image {
    image.resized(shortSide: resize).centerCropped(side: crop)
  }
}

/// How the images of a split become the network's input.
package enum Transform: Equatable, Sendable {
  case training(TrainingTransform)
  case validation(ValidationTransform)

  /// The transform of training images.
  package init(_ augmentation: Augmentation, _ sizes: TransformSizes) {
    switch augmentation {
    case .notebook: self = .training(TrainingTransform(sizes))
    case .none: self = .validation(ValidationTransform(sizes))
    }
  }

  /// The side of the result in pixels.
  package var crop: Int {
    switch self {
    case .training(let transform): transform.crop
    case .validation(let transform): transform.crop
    }
  }

  /// The transformed image; draws come from the stream.
  package func apply(to image: Image, using stream: inout RandomStream) -> Image {
    switch self {
    case .training(let transform):
      transform.apply(transform.draw(for: image.size, using: &stream), to: image)
    case .validation(let transform):
      transform.apply(to: image)
    }
  }
}
