import Support

/// The notebook's augmentation: a random size, a small random rotation, a random crop, a random flip.
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
    precondition(maximumRotation >= 0, "the largest angle is not negative")
    self.resizeSizes = resizeSizes
    self.maximumRotation = maximumRotation
    self.crop = crop
  }

  /// The transform with these sizes.
  package init(_ sizes: TransformSizes) {
    self.init(resizeSizes: sizes.training, crop: sizes.crop)
  }

  /// The random draws for one image.
  package struct Draws: Equatable, Sendable {
    /// The short side after resizing, in pixels.
    package var resize: Int
    /// The angle of the rotation, in degrees counter-clockwise.
    package var degrees: Double
    /// The first row of the crop, in pixels of the resized image.
    package var top: Int
    /// The first column of the crop, in pixels of the resized image.
    package var left: Int
    /// Whether the crop is flipped left to right.
    package var isMirrored: Bool

    /// Draws chosen by the caller.
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

  /// Draws at random for an image of a given size: all sizes, angles, positions of the crop and both
  /// orientations are equally likely.
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

  /// The transform by given draws of an image of a given size, to `crop` by `crop` pixels.
  package func warp(_ draws: Draws, of size: ImageSize) -> Warp {
    let cropped = Warp(resizing: size, shortSide: draws.resize)
      .rotated(degrees: draws.degrees)
      .cropped(top: draws.top, left: draws.left, side: crop)
    return draws.isMirrored ? cropped.mirrored() : cropped
  }
}
