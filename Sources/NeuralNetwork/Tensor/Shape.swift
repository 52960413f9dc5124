// Letters used for shapes throughout the project:
//
//   N  images in a batch
//   H  height in pixels
//   W  width in pixels
//   C  channels
//
// Activations are stored as (N, H, W, C), the channels of one pixel side by side, in row-major
// order. Weights keep PyTorch's order, (outputs, inputs, kernel height, kernel width).

/// The shape of a batch of activations, (N, H, W, C).
package struct Shape: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// N, the number of images.
  package var count: Int
  /// H, in pixels.
  package var height: Int
  /// W, in pixels.
  package var width: Int
  /// C, the number of channels.
  package var channels: Int

  /// N, H, W and C.
  package init(_ count: Int, _ height: Int, _ width: Int, _ channels: Int) {
    precondition(
      count >= 0 && height >= 0 && width >= 0 && channels >= 0, "extents are not negative")
    self.count = count
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// H · W, the pixels of one image.
  package var pixels: Int { height * width }
  /// H · W · C, the elements of one image.
  package var imageSize: Int { pixels * channels }
  /// N · H · W · C.
  package var elements: Int { count * imageSize }

  package var description: String { "(\(count), \(height), \(width), \(channels))" }
}
