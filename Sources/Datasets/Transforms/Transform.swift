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

  /// Transforms an image, with random draws from the stream.
  package func apply(to image: Image, using stream: inout RandomStream) -> Image {
    switch self {
    case .training(let transform):
      transform.apply(transform.draw(for: image.size, using: &stream), to: image)
    case .validation(let transform):
      transform.apply(to: image)
    }
  }
}
