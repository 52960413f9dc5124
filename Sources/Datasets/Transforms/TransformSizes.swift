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
