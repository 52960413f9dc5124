import COpenBLAS
import Support

/// Convolution as matrix products of the system's OpenBLAS.
///
/// A 1×1 convolution is one product of an image's pixels with the weights. Any other is cut into
/// blocks of output rows: the windows of a block are copied side by side into a matrix that stays
/// in the processor's cache ("im2col"), and multiplied there. Each image is computed by one thread
/// with OpenBLAS held to one thread a call, so the shapes of all products, and with them the bits
/// of the result, depend only on the image's size.
///
/// The bits also depend on the family of kernels that OpenBLAS picks for the processor; `family`
/// names it.
package struct OpenBLASEngine: ConvolutionEngine {
  package let name = "openblas"

  private let library = OpenBLASLibrary.shared

  /// An engine whose products each run on one thread: blocks of a batch are what threads share.
  ///
  /// Where the library cannot be loaded the program ends with code 66.
  package init() {}

  /// The family of kernels in use, `SkylakeX` or `Haswell` for example.
  package static var family: String { OpenBLASLibrary.shared.family }

  /// The version and build options of the library.
  package static var version: String { OpenBLASLibrary.shared.version }

  /// The numbers in a block of windows: 256 KiB, to stay in the second-level cache.
  private static let windowBlock = 1 << 16

  package func forward(
    _ convolutions: [ConvolutionOutput], input: LazyActivations, output: inout Tensor
  ) {
    let input = input.materialized()
    for convolution in convolutions { forward(convolution, input: input, output: &output) }
  }

  private func forward(_ result: ConvolutionOutput, input: Tensor, output: inout Tensor) {
    let (convolution, weight, bias) = (result.convolution, result.weight, result.bias)
    let channels = result.channels
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: bias, output: output.shape,
      channels: channels)
    let geometry = Geometry(convolution, input: input.shape)
    let (inputShape, outputShape) = (input.shape, output.shape)
    let packed = pack(weight.value, convolution)
    input.withElements { input in
      output.withMutableElements { output in
        // Addresses of empty arrays are nil; there is nothing to compute then.
        guard let input = input.baseAddress, let output = output.baseAddress else { return }
        packed.withUnsafeBufferPointer { weight in
          bias.value.withUnsafeBufferPointer { bias in
            guard let weight = weight.baseAddress, let bias = bias.baseAddress else { return }
            let first = output + channels.lowerBound
            let epilogue = Epilogue(sums: [result.moments].compactMap { $0 })
            Reduction.forEachImage(of: outputShape.count) { image, block in
              let x = input + image * inputShape.imageSize
              let y = first + image * outputShape.imageSize
              geometry.forEachRowBlock { rows, windows in
                let pixels = rows.count * geometry.outputWidth
                let target = y + rows.lowerBound * geometry.outputWidth * outputShape.channels
                library.sgemm(
                  CblasRowMajor, CblasNoTrans, CblasNoTrans,
                  blasint(pixels), blasint(channels.count), blasint(convolution.fanIn),
                  1, geometry.gather(x, rows, into: windows), blasint(convolution.fanIn),
                  weight, blasint(channels.count),
                  0, target, blasint(outputShape.channels))
                for pixel in 0..<pixels {
                  let values = target + pixel * outputShape.channels
                  if result.appliesReLU {
                    for c in 0..<channels.count { values[c] = ReLU.apply(values[c] + bias[c]) }
                  } else {
                    for c in 0..<channels.count { values[c] += bias[c] }
                  }
                }
              }
              let first = image * outputShape.pixels
              epilogue.apply(
                to: first..<first + outputShape.pixels, ofBlock: block, of: output,
                shape: outputShape)
            }
          }
        }
      }
    }
  }

  package func backward(
    _ convolutions: [ConvolutionGradient], input: LazyActivations, needsInputGradient: Bool,
    epilogue: Epilogue
  ) -> Tensor? {
    let input = input.materialized()
    var sum: Tensor?
    for convolution in convolutions {
      let gradient = backward(convolution, input: input, needsInputGradient: needsInputGradient)
      guard let gradient else { continue }
      if sum == nil { sum = gradient } else { sum?.add(gradient) }
    }
    return sum.map { epilogue.apply(to: $0) }
  }

  private func backward(
    _ gradient: ConvolutionGradient, input: Tensor, needsInputGradient: Bool
  ) -> Tensor? {
    let (convolution, weight, bias) = (gradient.convolution, gradient.weight, gradient.bias)
    let outputGradient = gradient.output.materialized()
    let channels = 0..<outputGradient.shape.channels
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: bias,
      output: outputGradient.shape, channels: channels)
    let geometry = Geometry(convolution, input: input.shape)
    let (inputShape, outputShape) = (input.shape, outputGradient.shape)
    let packed = pack(weight.value, convolution)
    let blocks = Reduction.blocks(of: inputShape.count)
    let fanIn = convolution.fanIn
    let weightSize = fanIn * channels.count
    let weightSums = Storage(count: max(1, blocks.count) * weightSize)
    weightSums.elements.initialize(repeating: 0)
    var biasSums = [Double](repeating: 0, count: max(1, blocks.count) * channels.count)
    // Products of pixels write every element; products of windows are added up.
    var inputGradient =
      !needsInputGradient
      ? nil
      : geometry.isPointwise
        ? Tensor(uninitialized: inputShape) : Tensor(repeating: 0, shape: inputShape)

    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withElements { input in
        outputGradient.withElements { gradient in
          guard let input = input.baseAddress, let gradient = gradient.baseAddress else { return }
          let weightSums = weightSums.pointer
          packed.withUnsafeBufferPointer { weight in
            biasSums.withUnsafeMutableBufferPointer { biasSums in
              guard let biasSums = biasSums.baseAddress else { return }
              Parallel.forEach(blocks.count) { block in
                let weightSum = weightSums + block * weightSize
                for image in blocks[block] {
                  let x = input + image * inputShape.imageSize
                  let dy = gradient + image * outputShape.imageSize + channels.lowerBound
                  geometry.forEachRowBlock { rows, windows in
                    let pixels = rows.count * geometry.outputWidth
                    let dy = dy + rows.lowerBound * geometry.outputWidth * outputShape.channels
                    library.sgemm(
                      CblasRowMajor, CblasTrans, CblasNoTrans,
                      blasint(fanIn), blasint(channels.count), blasint(pixels),
                      1, geometry.gather(x, rows, into: windows), blasint(fanIn),
                      dy, blasint(outputShape.channels),
                      1, weightSum, blasint(channels.count))
                    guard let inputGradient else { return }
                    let dx = inputGradient + image * inputShape.imageSize
                    library.sgemm(
                      CblasRowMajor, CblasNoTrans, CblasTrans,
                      blasint(pixels), blasint(fanIn), blasint(channels.count),
                      1, dy, blasint(outputShape.channels),
                      weight.baseAddress, blasint(channels.count),
                      0, geometry.windowTarget(dx, windows), blasint(fanIn))
                    geometry.scatter(windows, rows, into: dx)
                  }
                  addColumnSums(
                    dy, rows: outputShape.height, columns: outputShape.width,
                    pixelStride: outputShape.channels, channels: channels.count,
                    to: biasSums + block * channels.count)
                }
              }
            }
          }
        }
      }
    }
    if inputGradient == nil {
      run(nil)
    } else {
      inputGradient?.withMutableElements { run($0.baseAddress) }
    }

    Reduction.combine(weightSums.pointer, count: blocks.count, size: weightSize)
    weight.addToGradient(unpacked(weightSums.pointer, convolution))
    biasSums.withUnsafeMutableBufferPointer { sums in
      guard let start = sums.baseAddress else { return }
      Reduction.combine(start, count: blocks.count, size: channels.count)
      bias.addToGradient((0..<channels.count).map { Float(start[$0]) })
    }
    return inputGradient
  }

  /// What it is given may have to be written out; the gradients of the weights are summed in blocks;
  /// each thread has a block of windows.
  package func backwardMemory(
    _ convolutions: [Convolution], input: Shape, threads: Int
  ) -> BackwardMemory {
    let blocks = Reduction.blocks(of: input.count).count
    let largest = convolutions.map {
      $0.outputShape(for: input).elements + blocks * $0.fanIn * $0.outputChannels
    }.max()
    return BackwardMemory(
      kept: 0, passing: input.elements + (largest ?? 0) + threads * Self.windowBlock)
  }

  /// (outputs, inputs, ky, kx) → (ky, kx, inputs, outputs), the order of a window's numbers.
  private func pack(_ weight: [Float], _ convolution: Convolution) -> [Float] {
    var packed = [Float](repeating: 0, count: weight.count)
    convolution.forEachWeight { output, position, canonical in
      packed[position * convolution.outputChannels + output] = weight[canonical]
    }
    return packed
  }

  /// (ky, kx, inputs, outputs) → (outputs, inputs, ky, kx).
  private func unpacked(
    _ packed: UnsafeMutablePointer<Float>, _ convolution: Convolution
  ) -> [Float] {
    var weight = [Float](repeating: 0, count: convolution.outputChannels * convolution.fanIn)
    convolution.forEachWeight { output, position, canonical in
      weight[canonical] = packed[position * convolution.outputChannels + output]
    }
    return weight
  }

  /// Adds each channel's sum over an image: a row in single, the rows in double precision.
  private func addColumnSums(
    _ image: UnsafePointer<Float>, rows: Int, columns: Int, pixelStride: Int, channels: Int,
    to sums: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { row in
      for y in 0..<rows {
        row.update(repeating: 0)
        for x in 0..<columns {
          let pixel = image + (y * columns + x) * pixelStride
          for c in 0..<channels { row[c] += pixel[c] }
        }
        for c in 0..<channels { sums[c] += Double(row[c]) }
      }
    }
  }

  /// Where the windows of an image lie.
  private struct Geometry {
    let convolution: Convolution
    let height: Int
    let width: Int
    let outputHeight: Int
    let outputWidth: Int
    /// Output rows in a block of windows.
    let rowsPerBlock: Int
    /// Whether a window is one pixel, so that the image is already the matrix of its windows.
    let isPointwise: Bool

    init(_ convolution: Convolution, input: Shape) {
      self.convolution = convolution
      height = input.height
      width = input.width
      let output = convolution.outputShape(for: input)
      outputHeight = output.height
      outputWidth = output.width
      isPointwise =
        convolution.kernelSize == 1 && convolution.stride == 1 && convolution.padding == 0
      let row = max(1, outputWidth * convolution.fanIn)
      rowsPerBlock = isPointwise ? max(1, outputHeight) : max(1, windowBlock / row)
    }

    /// Calls `body` with each block of output rows and memory for its windows.
    func forEachRowBlock(_ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
      let windows = Storage(
        count: isPointwise ? 1 : rowsPerBlock * outputWidth * convolution.fanIn)
      defer { withExtendedLifetime(windows) {} }
      let start = windows.pointer
      for first in stride(from: 0, to: outputHeight, by: rowsPerBlock) {
        body(first..<min(outputHeight, first + rowsPerBlock), start)
      }
    }

    /// The matrix of the windows of some output rows, (pixels, ky · kx · inputs).
    func gather(
      _ image: UnsafePointer<Float>, _ rows: Range<Int>, into windows: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
      if isPointwise { return image }
      forEachRun(rows) { window, run in
        let target = windows + window
        target.update(repeating: 0, count: run.before)
        (target + run.before).update(from: image + run.start, count: run.count)
        (target + run.before + run.count).update(repeating: 0, count: run.after)
      }
      return UnsafePointer(windows)
    }

    /// Where the gradients of the windows go: straight into the image's where they are its pixels.
    func windowTarget(
      _ image: UnsafeMutablePointer<Float>, _ windows: UnsafeMutablePointer<Float>
    ) -> UnsafeMutablePointer<Float> {
      isPointwise ? image : windows
    }

    /// Adds the gradients of windows to the pixels that they were gathered from.
    func scatter(
      _ windows: UnsafeMutablePointer<Float>, _ rows: Range<Int>,
      into image: UnsafeMutablePointer<Float>
    ) {
      if isPointwise { return }
      forEachRun(rows) { window, run in
        let source = windows + window + run.before
        let target = image + run.start
        for i in 0..<run.count { target[i] += source[i] }
      }
    }

    /// One row of a window: `count` numbers of the image from `start` on, with zeros around them.
    private struct Run {
      var before: Int
      var start: Int
      var count: Int
      var after: Int
    }

    /// Calls `body` with the position of each row of each window in the matrix, and what is there.
    private func forEachRun(_ rows: Range<Int>, _ body: (Int, Run) -> Void) {
      let (size, channels) = (convolution.kernelSize, convolution.inputChannels)
      var position = 0
      for y in rows {
        let top = y * convolution.stride - convolution.padding
        for x in 0..<outputWidth {
          let left = x * convolution.stride - convolution.padding
          let first = min(max(left, 0), width)
          let last = max(first, min(left + size, width))
          for ky in top..<top + size {
            if ky < 0 || ky >= height || first == last {
              body(position, Run(before: size * channels, start: 0, count: 0, after: 0))
            } else {
              body(
                position,
                Run(
                  before: (first - left) * channels, start: (ky * width + first) * channels,
                  count: (last - first) * channels, after: (left + size - last) * channels))
            }
            position += size * channels
          }
        }
      }
    }
  }
}
