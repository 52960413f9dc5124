/// A part of an image that is computed like a whole image.
struct Strip: Sendable {
  /// The index of the first pixel in the image.
  let firstPixel: Int
  /// The shape, with a count of 1.
  let shape: Shape

  /// Cuts an image into strips if every window is a single pixel: short enough to stay in the cache
  /// while they are read, written and passed to an epilogue. Otherwise the whole image is one strip.
  static func strips(of shape: Shape, _ convolutions: [Convolution]) -> [Strip] {
    guard convolutions.allSatisfy({ $0.kernelSize == 1 && $0.stride == 1 }) else {
      return [Strip(firstPixel: 0, shape: Shape(1, shape.height, shape.width, shape.channels))]
    }
    let size = WeightGradientKernel.kc
    return stride(from: 0, to: shape.pixels, by: size).map { first in
      Strip(
        firstPixel: first, shape: Shape(1, 1, min(size, shape.pixels - first), shape.channels))
    }
  }

  /// Calls `make` with the shape of each strip, but once for equal neighbors: all strips except the
  /// last have the same shape.
  static func mapShapes<Result>(of strips: [Strip], _ make: (Shape) -> Result) -> [Result] {
    var results: [Result] = []
    for (i, strip) in strips.enumerated() {
      let isKnown = i > 0 && strips[i - 1].shape == strip.shape
      results.append(isKnown ? results[i - 1] : make(strip.shape))
    }
    return results
  }
}
