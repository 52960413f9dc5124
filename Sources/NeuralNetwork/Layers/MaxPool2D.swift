import Support

/// The largest value of each window (PyTorch's `MaxPool2d` without padding or dilation).
///
/// Of equal values the first in row-major order wins; NaN wins over everything.
package final class MaxPool2D: Layer {
  /// Height and width of a window in pixels.
  package let kernelSize: Int
  /// The pixels between two neighboring windows.
  package let stride: Int
  /// Whether the output size is rounded up, so that the last windows may reach over the edge.
  package let ceilMode: Bool

  private var saved: Saved?

  private struct Saved {
    let inputShape: Shape
    /// Which pixel of its window each output is, counted in row-major order; like the output.
    let indices: Bytes
  }

  /// - Precondition: A window has 1 to 15 pixels a side, the stride is above 0.
  package init(kernelSize: Int, stride: Int, ceilMode: Bool) {
    precondition((1...15).contains(kernelSize) && stride >= 1, "a window of 1 to 15 pixels")
    self.kernelSize = kernelSize
    self.stride = stride
    self.ceilMode = ceilMode
  }

  package func outputShape(for input: Shape) -> Shape {
    Shape(input.count, extent(input.height), extent(input.width), input.channels)
  }

  /// ⌊(n − kernel) / stride⌋ + 1, or ⌈…⌉ + 1 unless the last window would start outside.
  private func extent(_ n: Int) -> Int {
    if n < kernelSize { return ceilMode && n > 0 && n > kernelSize - stride ? 1 : 0 }
    let count = (n - kernelSize + (ceilMode ? stride - 1 : 0)) / stride + 1
    return (count - 1) * stride >= n ? count - 1 : count
  }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    // Whole groups of lanes are read through their norm, others as they are.
    let input = input.shape.channels % 16 == 0 ? input : LazyActivations(input.materialized())
    let (shape, outputShape) = (input.shape, outputShape(for: input.shape))
    var output = Tensor(uninitialized: outputShape)
    let indices = Bytes(count: outputShape.elements)
    input.withReader { input in
      output.withMutableElements { output in
        guard let output = output.baseAddress else { return }
        let indices = indices.pointer
        Parallel.forEach(outputShape.count * outputShape.height) { row in
          let firstPixel = row / outputShape.height * shape.pixels
          for x in 0..<outputShape.width {
            let offset = (row * outputShape.width + x) * outputShape.channels
            let (best, index) = (output + offset, indices + offset)
            let whole = shape.channels / 16 * 16
            @inline(__always) func find(groups: Int, _ c: Int) {
              var (first, second) = (Maximum(), Maximum())
              forEachPixel(row % outputShape.height, x, of: shape) { pixel, position in
                first.compare(input.lanes(firstPixel &+ pixel, c), position)
                // Decided when the code is compiled, here and below.
                if groups == 2 {
                  second.compare(input.lanes(firstPixel &+ pixel, c &+ 16), position)
                }
              }
              first.store(best + c, index + c)
              if groups == 2 { second.store(best + (c &+ 16), index + (c &+ 16)) }
            }
            var c = 0
            while c &+ 32 <= whole {
              find(groups: 2, c)
              c &+= 32
            }
            if c < whole { find(groups: 1, c) }
            guard whole < shape.channels, let plain = input.plain else { continue }
            for c in whole..<shape.channels {
              var (maximum, place) = (-Float.infinity, UInt8(0))
              forEachPixel(row % outputShape.height, x, of: shape) { pixel, position in
                let value = plain[(firstPixel + pixel) * shape.channels + c]
                if value > maximum || value != value { (maximum, place) = (value, position) }
              }
              (best[c], index[c]) = (maximum, place)
            }
          }
        }
      }
    }
    saved = mode.isTraining ? Saved(inputShape: shape, indices: indices) : nil
    return LazyActivations(output)
  }

  /// Each output's gradient goes to the pixel that won its window; where windows overlap they add.
  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    guard let saved else { preconditionFailure("backward follows forward in training mode") }
    self.saved = nil
    let outputGradient = outputGradient
    let (shape, outputShape) = (saved.inputShape, outputGradient.shape)
    precondition(outputShape == self.outputShape(for: shape), "a gradient like the output")
    var inputGradient = Tensor(uninitialized: shape)
    inputGradient.withMutableElements { input in
      outputGradient.withElements { output in
        guard let input = input.baseAddress, let output = output.baseAddress else { return }
        let indices = saved.indices.pointer
        Reduction.forEachImage(of: shape.count) { n, block in
          let firstPixel = n * shape.pixels
          let image = input + n * shape.imageSize
          let rowSize = shape.width * shape.channels
          // A row is set to zero before the first window that reaches it, and finished after the last.
          var (begun, finished) = (0, 0)
          for y in 0...outputShape.height {
            let isRest = y == outputShape.height
            let end = isRest ? shape.height : min(shape.height, y * stride + kernelSize)
            (image + begun * rowSize).initialize(repeating: 0, count: (end - begun) * rowSize)
            begun = end
            for x in 0..<(isRest ? 0 : outputShape.width) {
              let offset =
                ((n * outputShape.height + y) * outputShape.width + x) * outputShape.channels
              let (gradient, index) = (output + offset, indices + offset)
              forEachPixel(y, x, of: shape) { pixel, position in
                let target = image + pixel * shape.channels
                for c in 0..<shape.channels {
                  target[c] += index[c] == position ? gradient[c] : 0
                }
              }
            }
            let complete = isRest ? end : min(end, (y + 1) * stride)
            epilogue.apply(
              to: firstPixel + finished * shape.width..<firstPixel + complete * shape.width,
              ofBlock: block, of: input, shape: shape)
            finished = complete
          }
        }
      }
    }
    return inputGradient
  }

  /// Calls `body` with each pixel of a window, counted in its image, and its place in the window.
  @inline(__always)
  private func forEachPixel(_ y: Int, _ x: Int, of shape: Shape, _ body: (Int, UInt8) -> Void) {
    for ky in 0..<min(kernelSize, shape.height - y * stride) {
      for kx in 0..<min(kernelSize, shape.width - x * stride) {
        body(
          (y * stride + ky) * shape.width + x * stride + kx, UInt8(ky * kernelSize + kx))
      }
    }
  }
}

/// The largest of some numbers so far, and its place among them, for each of 16 channels.
private struct Maximum {
  private var value = SIMD16<Float>(repeating: -.infinity)
  private var place = SIMD16<Int32>()

  @inline(__always)
  mutating func compare(_ other: SIMD16<Float>, _ position: UInt8) {
    let wins = (other .> value) .| (other .!= other)
    value.replace(with: other, where: wins)
    place.replace(with: Int32(position), where: wins)
  }

  @inline(__always)
  func store(_ maximum: UnsafeMutablePointer<Float>, _ index: UnsafeMutablePointer<UInt8>) {
    value.store(maximum)
    for lane in 0..<16 { index[lane] = UInt8(truncatingIfNeeded: place[lane]) }
  }
}
