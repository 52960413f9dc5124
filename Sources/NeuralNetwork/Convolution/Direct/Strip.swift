/// A part of an image that is computed as if it were an image of its own.
struct Strip: Sendable {
  /// The first pixel, counted in the image.
  let firstPixel: Int
  /// The shape, as that of a batch of one image.
  let shape: Shape

  /// The strips of an image where every window is a single pixel: short enough to stay in the cache while
  /// they are read, written and worked on by an epilogue. Otherwise one strip, the whole image.
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

  /// The results of `make` for the shape of each strip, which is called once for equal neighbors: all
  /// strips but the last have the same shape.
  static func forEachShape<Result>(of strips: [Strip], _ make: (Shape) -> Result) -> [Result] {
    var results: [Result] = []
    for (i, strip) in strips.enumerated() {
      let isKnown = i > 0 && strips[i - 1].shape == strip.shape
      results.append(isKnown ? results[i - 1] : make(strip.shape))
    }
    return results
  }
}
