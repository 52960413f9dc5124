import Support

/// The transform from a split's images to the network's input, before normalization.
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

  /// The transform of an image of a given size, with random draws from the stream.
  package func warp(of size: ImageSize, using stream: inout RandomStream) -> Warp {
    switch self {
    case .training(let transform):
      transform.warp(transform.draw(for: size, using: &stream), of: size)
    case .validation(let transform): transform.warp(of: size)
    }
  }
}

/// The random transforms of training images.
public enum Augmentation: String, CaseIterable, Sendable {
  /// The notebook's: a random size, rotation, crop and flip.
  case notebook
  /// None: the validation transform.
  case none
}

/// The sizes that images are resized to before they are cropped to a square, in proportion to the crop:
/// the notebook resizes to 256, 296 and 384 pixels for its crop of 224.
package struct TransformSizes: Equatable, Sendable {
  /// The side of the network's input in pixels.
  package let crop: Int
  /// The short sides in pixels, one of which is drawn for each training image.
  package let training: [Int]
  /// The short side of validation images in pixels.
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
