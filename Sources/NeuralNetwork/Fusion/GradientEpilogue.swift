import Support

/// What is done with a gradient as soon as some pixels of it are written, while they are still in the
/// processor's cache.
///
/// Whole batches do not fit there: what is done later reads the gradient from memory once more.
package struct GradientEpilogue: Sendable {
  /// A gradient of the same shape, which is added.
  private let addend: Tensor?
  /// What the gradient, with the addend, is added to.
  private let sums: [BatchNorm.GradientSums]

  /// - Parameters:
  ///   - addend: Is added to the gradient.
  ///   - sums: Those of the layers whose output's gradient it is.
  package init(adding addend: Tensor? = nil, sums: [BatchNorm.GradientSums] = []) {
    self.addend = addend
    self.sums = sums
  }

  /// The same after an addition.
  func adding(_ addend: Tensor) -> GradientEpilogue {
    precondition(self.addend == nil, "one addend")
    return GradientEpilogue(adding: addend, sums: sums)
  }

  /// Calls `write` with every image of a gradient, on all threads.
  ///
  /// - Parameters:
  ///   - shape: The gradient's.
  ///   - gradient: Its first number.
  ///   - write: Writes an image, and calls `finish` with its pixels when they are written, in ascending
  ///     order.
  func forEachImage(
    of shape: Shape, _ gradient: UnsafeMutablePointer<Float>,
    write: (_ image: Int, _ finish: (_ pixels: Range<Int>) -> Void) -> Void
  ) {
    let blocks = Reduction.blocks(of: shape.count)
    Parallel.forEach(blocks.count) { block in
      for image in blocks[block] {
        let first = image * shape.pixels
        write(image) { pixels in
          finish(
            first + pixels.lowerBound..<first + pixels.upperBound, ofBlock: block, gradient, shape)
        }
      }
    }
  }

  /// Follows up pixels that have been written, counted over the whole batch, after those before them in
  /// their block of `Reduction.blocks`.
  func finish(
    _ pixels: Range<Int>, ofBlock block: Int, _ gradient: UnsafeMutablePointer<Float>,
    _ shape: Shape
  ) {
    if let addend {
      precondition(addend.shape == shape, "expected a gradient like \(shape), got \(addend.shape)")
      addend.withElements { addend in
        for i in pixels.lowerBound * shape.channels..<pixels.upperBound * shape.channels {
          gradient[i] += addend[i]
        }
      }
    }
    for sums in sums {
      sums.add(gradient, of: shape, block: block, before: pixels.upperBound)
    }
  }

  /// Does to a gradient that was written as a whole what has to be done; sums can wait.
  func finish(_ gradient: consuming Tensor) -> Tensor {
    var gradient = gradient
    if let addend { gradient.add(addend) }
    return gradient
  }
}
