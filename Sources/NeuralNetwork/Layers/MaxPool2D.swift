import CTarget
import Support

/// The maximum of each window (PyTorch's `MaxPool2d` without padding or dilation).
///
/// Of equal values the first in row-major order is taken; NaN is larger than any number.
package final class MaxPool2D: Layer {
  /// Height and width of a window in pixels.
  package let kernelSize: Int
  /// The distance between two neighboring windows in pixels.
  package let stride: Int
  /// Whether the output size is rounded up, so that the last windows may extend beyond the image.
  package let ceilMode: Bool

  private var saved: Saved?

  private struct Saved {
    let inputShape: Shape
    /// Each output's index in its window, in row-major order; laid out like the output.
    let indices: Bytes
  }

  /// - Precondition: A window is 1 to 15 pixels wide, and the stride is at least 1.
  package init(kernelSize: Int, stride: Int, ceilMode: Bool) {
    precondition((1...15).contains(kernelSize) && stride >= 1, "a window of 1 to 15 pixels")
    self.kernelSize = kernelSize
    self.stride = stride
    self.ceilMode = ceilMode
  }

  package func outputShape(for input: Shape) -> Shape {
    Shape(input.count, extent(input.height), extent(input.width), input.channels)
  }

  /// ⌊(n − kernel) / stride⌋ + 1, or ⌈…⌉ + 1 unless the last window would start outside the image.
  private func extent(_ n: Int) -> Int {
    if n < kernelSize { return ceilMode && n > 0 && n > kernelSize - stride ? 1 : 0 }
    let count = (n - kernelSize + (ceilMode ? stride - 1 : 0)) / stride + 1
    return (count - 1) * stride >= n ? count - 1 : count
  }

  package func kind(for input: Shape) -> LayerKind {
    LayerKind(
      "MaxPool2d", phrase: "maximum of \(kernelSize)×\(kernelSize), stride \(stride)",
      window: .init(size: kernelSize, stride: stride))
  }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    // Activations are computed in whole groups of 16 channels; others are read from memory.
    let input = input.shape.channels % 16 == 0 ? input : LazyActivations(input.materialized())
    let (shape, outputShape) = (input.shape, outputShape(for: input.shape))
    let indices = mode.isTraining ? Bytes(count: outputShape.elements) : nil
    let output = input.withReader { input in
      Tensor(outputShape) { output in
        Parallel.forEach(outputShape.count * outputShape.height) { row in
          let (image, y) = row.quotientAndRemainder(dividingBy: outputShape.height)
          for x in 0..<outputShape.width {
            let offset = (row * outputShape.width + x) * outputShape.channels
            findMaxima(
              y, x, of: input, image * shape.pixels, shape, output + offset,
              indices.map { $0.pointer + offset })
          }
        }
      }
    }
    saved = indices.map { Saved(inputShape: shape, indices: $0) }
    return LazyActivations(output)
  }

  /// Writes the maximum of a window and its index, unless it is not needed, for every channel;
  /// `firstPixel` is the image's.
  @inline(__always)
  private func findMaxima(
    _ y: Int, _ x: Int, of input: LazyActivations.Reader, _ firstPixel: Int, _ shape: Shape,
    _ maxima: UnsafeMutablePointer<Float>, _ indices: UnsafeMutablePointer<UInt8>?
  ) {
    let whole = shape.channels / 16 * 16
    @inline(__always) func find(_ c: Int) {
      var maximum = Maximum()
      if let indices {
        forEachPixel(y, x, of: shape) { pixel, index in
          maximum.update(input.lanes(firstPixel &+ pixel, c), index)
        }
        maximum.storeIndices(indices + c)
      } else {
        forEachPixel(y, x, of: shape) { pixel, _ in
          maximum.update(input.lanes(firstPixel &+ pixel, c))
        }
      }
      maximum.value.store(maxima + c)
    }
    for c in Swift.stride(from: 0, to: whole, by: 16) { find(c) }
    guard whole < shape.channels, let plain = input.plain else { return }
    for c in whole..<shape.channels {
      var (maximum, maximumIndex) = (-Float.infinity, UInt8(0))
      forEachPixel(y, x, of: shape) { pixel, index in
        let value = plain[(firstPixel + pixel) * shape.channels + c]
        if value > maximum || value != value { (maximum, maximumIndex) = (value, index) }
      }
      maxima[c] = maximum
      indices?[c] = maximumIndex
    }
  }

  /// Adds each output's gradient to the pixel that was its window's maximum.
  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    guard let saved else { preconditionFailure("backward follows forward in training mode") }
    self.saved = nil
    let outputGradient = outputGradient
    let (shape, outputShape) = (saved.inputShape, outputGradient.shape)
    precondition(outputShape == self.outputShape(for: shape), "a gradient like the output")
    return outputGradient.withPointer { output in
      Tensor(shape) { input in
        Reduction.forEachImage(of: shape.count) { n, block in
          let (firstPixel, first) = (n * shape.pixels, n * outputShape.imageSize)
          addGradients(
            to: input + n * shape.imageSize, shape, output + first, saved.indices.pointer + first,
            outputShape
          ) { pixels in
            epilogue.apply(
              to: firstPixel + pixels.lowerBound..<firstPixel + pixels.upperBound, ofBlock: block,
              of: input, shape: shape)
          }
        }
      }
    }
  }

  /// Writes the input's gradient of one image, and calls `finish` with pixels that are complete, in
  /// ascending order.
  @inline(__always)
  private func addGradients(
    to image: UnsafeMutablePointer<Float>, _ shape: Shape, _ output: UnsafePointer<Float>,
    _ indices: UnsafePointer<UInt8>, _ outputShape: Shape, finish: (Range<Int>) -> Void
  ) {
    let rowSize = shape.width * shape.channels
    // A row is set to zero before the first window that reaches it, and complete after the last.
    var (zeroed, finished) = (0, 0)
    for y in 0...outputShape.height {
      let isRest = y == outputShape.height
      let end = isRest ? shape.height : min(shape.height, y * stride + kernelSize)
      (image + zeroed * rowSize).initialize(repeating: 0, count: (end - zeroed) * rowSize)
      zeroed = end
      for x in 0..<(isRest ? 0 : outputShape.width) {
        let offset = (y * outputShape.width + x) * outputShape.channels
        let (gradient, maximumIndex) = (output + offset, indices + offset)
        forEachPixel(y, x, of: shape) { pixel, index in
          let target = image + pixel * shape.channels
          for c in 0..<shape.channels { target[c] += maximumIndex[c] == index ? gradient[c] : 0 }
        }
      }
      let complete = isRest ? end : min(end, (y + 1) * stride)
      finish(finished * shape.width..<complete * shape.width)
      finished = complete
    }
  }

  /// The indices are kept, one byte per output; the output itself is not.
  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    let output = outputShape(for: input).elements
    let indices = output / 4
    return LayerMemory(
      forward: [indices, output], backward: [-output, input.elements, -(indices + output)])
  }

  /// Calls `body` with each pixel of a window, counted in its image, and the pixel's index in the
  /// window.
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

/// The running maximum of each of 16 channels, and its index in the window.
private struct Maximum {
  private(set) var value = SIMD16<Float>(repeating: -.infinity)
  private var index = SIMD16<Int32>()

  @inline(__always)
  mutating func update(_ other: SIMD16<Float>, _ otherIndex: UInt8) {
    let isLarger = is_larger16(other, value)
    value = select16(isLarger, other, value)
    index = select16i(isLarger, SIMD16<Int32>(repeating: Int32(otherIndex)), index)
  }

  /// Updates the maximum alone, where nobody needs the index.
  @inline(__always)
  mutating func update(_ other: SIMD16<Float>) {
    value = select16(is_larger16(other, value), other, value)
  }

  @inline(__always)
  func storeIndices(_ target: UnsafeMutablePointer<UInt8>) {
    UnsafeMutableRawPointer(target).storeBytes(of: low_bytes16(index), as: SIMD16<UInt8>.self)
  }
}
