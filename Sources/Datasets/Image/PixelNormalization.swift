import NeuralNetwork

/// Bytes to the numbers that a network sees: (byte / 255 - mean) / standard deviation, each
/// operation rounded to single precision.
///
/// Source: torchvision `ToTensor`, `Normalize`.
package struct PixelNormalization: Equatable, Sendable {
  /// The mean of red, green and blue, as fractions of 255.
  package let mean: [Float]
  /// The standard deviation of red, green and blue, as fractions of 255.
  package let standardDeviation: [Float]
  /// The result for each of the 256 bytes, for red, then green, then blue: shape (3, 256).
  private let table: [Float]

  /// - Precondition: Three means and three positive deviations.
  package init(mean: [Float], standardDeviation: [Float]) {
    precondition(mean.count == 3 && standardDeviation.count == 3, "red, green and blue")
    precondition(standardDeviation.allSatisfy { $0 > 0 }, "positive deviations")
    self.mean = mean
    self.standardDeviation = standardDeviation
    table = (0..<3).flatMap { channel in
      (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
    }
  }

  /// The notebook's statistics of Imagenette's training images.
  package static let imagenette = PixelNormalization(
    mean: [0.4625, 0.4580, 0.4295], standardDeviation: [0.2452, 0.2390, 0.2469])

  /// Writes an image's numbers.
  ///
  /// - Parameters:
  ///   - image: An image of H by W pixels.
  ///   - output: Memory of shape (H, W, 3).
  func apply(to image: Image, into output: UnsafeMutableBufferPointer<Float>) {
    precondition(output.count == image.pixels.count, "a number for every byte")
    table.withUnsafeBufferPointer { table in
      image.pixels.withUnsafeBufferPointer { pixels in
        var index = 0
        while index < pixels.count {
          output[index] = table[Int(pixels[index])]
          output[index &+ 1] = table[256 &+ Int(pixels[index &+ 1])]
          output[index &+ 2] = table[512 &+ Int(pixels[index &+ 2])]
          index &+= 3
        }
      }
    }
  }

  /// One image as a batch.
  ///
  /// - Returns: A tensor of shape (1, H, W, 3).
  package func tensor(of image: Image) -> Tensor {
    var tensor = Tensor(uninitialized: Shape(1, image.height, image.width, 3))
    tensor.withMutableElements { apply(to: image, into: $0) }
    return tensor
  }
}
