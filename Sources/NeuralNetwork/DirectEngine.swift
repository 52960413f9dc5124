import Support

/// Convolution computed directly from the images, by kernels written for few channels.
///
/// The forward pass and the gradient of the input are the same kernel (`ConvolutionKernel`): the
/// gradient is a convolution of the output's gradient with the weights turned by half a turn. Images
/// with a border are copied into a frame of zeros that stays in the processor's cache. Each image is
/// computed by one thread; the gradients of the weights are summed image by image inside the
/// batch's blocks. All sums are chains of fused multiply-adds in an order that the shapes alone
/// decide, so the bits are the same on every processor, with any number of threads, and for an
/// image's outputs in any batch.
public struct DirectEngine: ConvolutionEngine {
  public let name = "direct"

  public init() {}

  public func forward(
    _ convolution: Convolution, input: Tensor, weight: Parameter, bias: Parameter,
    applyReLU: Bool, output: inout Tensor, channels: Range<Int>
  ) {
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: bias, output: output.shape,
      channels: channels)
    let (inputShape, outputShape) = (input.shape, output.shape)
    let frame = Frame(input: inputShape, convolution)
    let windows = Windows(
      kernelSize: convolution.kernelSize, stride: convolution.stride, in: frame)
    let weights =
      weight.packed.forward ?? PackedWeights(forwardOf: convolution, weight: weight.value)
    weight.packed.forward = weights
    let start = Self.padded(bias.value)
    input.withElements { input in
      output.withMutableElements { output in
        // Addresses of empty arrays are nil; there is nothing to compute then.
        guard let input = input.baseAddress, let output = output.baseAddress else { return }
        Parallel.forEach(inputShape.count) { image in
          frame.withCopy(of: input + image * inputShape.imageSize) { x in
            ConvolutionKernel.run(
              windows, input: x, weights: weights, start: start, applyReLU: applyReLU,
              output: output + image * outputShape.imageSize + channels.lowerBound,
              pixelStride: outputShape.channels)
          }
        }
      }
    }
  }

  public func backward(
    _ convolution: Convolution, input: Tensor, weight: Parameter, bias: Parameter,
    outputGradient: OutputGradient, needsInputGradient: Bool, inputGradient: inout Tensor?
  ) {
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: bias,
      output: outputGradient.tensor.shape, channels: outputGradient.channels)
    let (inputShape, gradientShape) = (input.shape, outputGradient.tensor.shape)
    let inputFrame = Frame(input: inputShape, convolution)
    let inputWindows = Windows(
      kernelSize: convolution.kernelSize, stride: convolution.stride, in: inputFrame)
    let gradientFrame =
      needsInputGradient
      ? Frame(gradient: gradientShape, input: inputShape, convolution)
      : Frame(gradient: gradientShape, convolution)
    let gradientPixels = gradientFrame.imagePixels
    let gradientWindows = Windows(kernelSize: convolution.kernelSize, stride: 1, in: gradientFrame)
    let weights =
      weight.packed.backward ?? PackedWeights(backwardOf: convolution, weight: weight.value)
    weight.packed.backward = weights
    let blocks = Reduction.blocks(of: inputShape.count)
    let outputs = roundedToGroup(convolution.outputChannels)
    // The weights' sums and, in a last row, the bias's.
    let sumsSize = (convolution.fanIn + 1) * outputs
    let sums = Storage(count: max(1, blocks.count) * sumsSize)
    // Without pixels nothing is summed.
    if gradientShape.elements == 0 { sums.elements.initialize(repeating: 0) }
    let start =
      inputGradient == nil
      ? Self.padded([Float](repeating: 0, count: convolution.inputChannels)) : nil
    if needsInputGradient, inputGradient == nil {
      inputGradient = Tensor(uninitialized: inputShape)
    }

    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withElements { input in
        outputGradient.withReader { reader in
          guard let input = input.baseAddress, let sums = sums.elements.baseAddress else { return }
          Parallel.forEach(blocks.count) { block in
            for image in blocks[block] {
              gradientFrame.withGradient(of: image, reader) { dy in
                inputFrame.withCopy(of: input + image * inputShape.imageSize) { x in
                  WeightGradientKernel.run(
                    inputWindows, input: x, gradient: dy, pixels: gradientPixels,
                    outputs: convolution.outputChannels,
                    isFirst: image == blocks[block].lowerBound, sums: sums + block * sumsSize)
                }
                guard let inputGradient else { return }
                ConvolutionKernel.run(
                  gradientWindows, input: dy, weights: weights, start: start,
                  output: inputGradient + image * inputShape.imageSize,
                  pixelStride: inputShape.channels)
              }
            }
          }
        }
      }
    }
    if needsInputGradient {
      inputGradient?.withMutableElements { run($0.baseAddress) }
    } else {
      run(nil)
    }

    guard let sums = sums.elements.baseAddress else { return }
    Reduction.combine(sums, count: blocks.count, size: sumsSize)
    var weightGradient = weight.gradient
    convolution.forEachWeight { o, k, index in weightGradient[index] = sums[k * outputs + o] }
    weight.gradient = weightGradient
    bias.gradient = (0..<convolution.outputChannels).map { sums[convolution.fanIn * outputs + $0] }
  }
}

extension DirectEngine {
  /// Numbers of channels up to a multiple of 16, the last ones 0.
  fileprivate static func padded(_ numbers: [Float]) -> [Float] {
    numbers + [Float](repeating: 0, count: roundedToGroup(numbers.count) - numbers.count)
  }
}

/// A copy of an image as a kernel wants to read it: with a border of zeros, or its pixels apart.
private struct Frame {
  /// Of the frame, in pixels.
  var height: Int
  var width: Int
  /// The numbers of a pixel.
  var channels: Int
  /// Pixel (y, x) of the image is pixel (top + y · step, left + x · step) of the frame.
  private var top = 0
  private var left = 0
  private var step = 1
  /// Of the image.
  private let imageHeight: Int
  private let imageWidth: Int

  /// The input of a convolution with its border.
  init(input: Shape, _ convolution: Convolution) {
    (imageHeight, imageWidth, channels) = (input.height, input.width, input.channels)
    (top, left) = (convolution.padding, convolution.padding)
    height = imageHeight + 2 * convolution.padding
    width = imageWidth + 2 * convolution.padding
  }

  /// The gradient of a convolution's output, as it is.
  init(gradient shape: Shape, _ convolution: Convolution) {
    (imageHeight, imageWidth) = (shape.height, shape.width)
    (height, width, channels) = (imageHeight, imageWidth, convolution.outputChannels)
  }

  /// The output's gradient so that the input's is its convolution, with stride 1, with the turned
  /// weights: a stride sets its pixels apart, and a border lets every input pixel have a window.
  init(gradient shape: Shape, input: Shape, _ convolution: Convolution) {
    let border = convolution.kernelSize - 1
    (imageHeight, imageWidth, channels) = (shape.height, shape.width, convolution.outputChannels)
    (height, width) = (input.height + border, input.width + border)
    (top, left) = (border - convolution.padding, border - convolution.padding)
    step = convolution.stride
  }

  /// Where each pixel of the image starts in the frame.
  var imagePixels: [Int] {
    (0..<imageHeight * imageWidth).map {
      ((top + $0 / imageWidth * step) * width + left + $0 % imageWidth * step) * channels
    }
  }

  /// Calls `body` with the frame of an image, or with the image where that is the same.
  func withCopy(of image: UnsafePointer<Float>, _ body: (UnsafePointer<Float>) -> Void) {
    if (height, width) == (imageHeight, imageWidth) { return body(image) }
    withRows(body) { y, row in
      row.update(from: image + y * imageWidth * channels, count: imageWidth * channels)
    }
  }

  /// Calls `body` with the frame of one image's gradient.
  func withGradient(
    of image: Int, _ reader: OutputGradient.Reader, _ body: (UnsafePointer<Float>) -> Void
  ) {
    withRows(body) { y, row in
      let first = (image * imageHeight + y) * imageWidth
      reader.read(first..<first + imageWidth, to: row, stride: step * channels)
    }
  }

  /// Calls `body` with a frame, after `fill` has written each row of the image to where its first
  /// pixel lies.
  private func withRows(
    _ body: (UnsafePointer<Float>) -> Void, _ fill: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let frame = Storage(count: height * width * channels)
    defer { withExtendedLifetime(frame) {} }
    guard let start = frame.elements.baseAddress else { return }
    let end = step == 1 ? (left + imageWidth) * channels : 0
    for y in 0..<height {
      let row = start + y * width * channels
      let source = y - top
      guard source >= 0, source % step == 0, source / step < imageHeight else {
        row.update(repeating: 0, count: width * channels)
        continue
      }
      row.update(repeating: 0, count: left * channels)
      (row + end).update(repeating: 0, count: width * channels - end)
      fill(source / step, row + left * channels)
    }
    body(UnsafePointer(start))
  }
}

extension Windows {
  /// The windows of a convolution without padding over a frame.
  fileprivate init(kernelSize: Int, stride: Int, in frame: Frame) {
    self.init(
      kernelSize: kernelSize, stride: stride, height: frame.height, width: frame.width,
      channels: frame.channels)
  }
}

extension PackedWeights {
  /// Of a convolution: its outputs.
  fileprivate init(forwardOf convolution: Convolution, weight: [Float]) {
    let (inputs, taps) = (
      convolution.inputChannels, convolution.kernelSize * convolution.kernelSize
    )
    self.init(outputs: convolution.outputChannels, taps: taps, channels: inputs) {
      output, tap, input in weight[(output * inputs + input) * taps + tap]
    }
  }

  /// Of the gradient of a convolution's input: the input channels, from windows turned by half a
  /// turn.
  fileprivate init(backwardOf convolution: Convolution, weight: [Float]) {
    let (inputs, taps) = (
      convolution.inputChannels, convolution.kernelSize * convolution.kernelSize
    )
    self.init(outputs: inputs, taps: taps, channels: convolution.outputChannels) {
      input, tap, output in weight[(output * inputs + input) * taps + taps - 1 - tap]
    }
  }
}
