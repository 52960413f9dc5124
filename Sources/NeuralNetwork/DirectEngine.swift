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
    _ convolution: Convolution, input: Tensor, weight: [Float], bias: [Float], applyReLU: Bool,
    output: inout Tensor, channels: Range<Int>
  ) {
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: bias.count, output: output.shape,
      channels: channels)
    let (inputShape, outputShape) = (input.shape, output.shape)
    let frame = Frame(input: inputShape, convolution)
    let windows = Windows(
      kernelSize: convolution.kernelSize, stride: convolution.stride, in: frame)
    let weights = PackedWeights(forwardOf: convolution, weight: weight, bias: bias)
    input.withElements { input in
      output.withMutableElements { output in
        // Addresses of empty arrays are nil; there is nothing to compute then.
        guard let input = input.baseAddress, let output = output.baseAddress else { return }
        Parallel.forEach(inputShape.count) { image in
          frame.withCopy(of: input + image * inputShape.imageSize) { x in
            ConvolutionKernel.run(
              windows, input: x, weights: weights, applyReLU: applyReLU,
              output: output + image * outputShape.imageSize + channels.lowerBound,
              pixelStride: outputShape.channels)
          }
        }
      }
    }
  }

  public func backward(
    _ convolution: Convolution, input: Tensor, weight: [Float], outputGradient: Tensor,
    channels: Range<Int>, weightGradient: inout [Float], biasGradient: inout [Float],
    needsInputGradient: Bool
  ) -> Tensor? {
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: biasGradient.count,
      output: outputGradient.shape, channels: channels)
    let (inputShape, outputShape) = (input.shape, outputGradient.shape)
    let inputFrame = Frame(input: inputShape, convolution)
    let inputWindows = Windows(
      kernelSize: convolution.kernelSize, stride: convolution.stride, in: inputFrame)
    let gradientFrame = Frame(gradient: outputShape, input: inputShape, convolution)
    let gradientWindows = Windows(kernelSize: convolution.kernelSize, stride: 1, in: gradientFrame)
    let weights = PackedWeights(backwardOf: convolution, weight: weight)
    let blocks = Reduction.blocks(of: inputShape.count)
    let outputs = (channels.count + 15) / 16 * 16
    // The weights' sums and, in a last row, the bias's.
    let weightSize = (convolution.fanIn + 1) * outputs
    let weightSums = BufferPool.take(max(1, blocks.count) * weightSize)
    defer { BufferPool.giveBack(weightSums) }
    weightSums.initialize(repeating: 0)
    var inputGradient = needsInputGradient ? Tensor(uninitialized: inputShape) : nil

    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withElements { input in
        outputGradient.withElements { gradient in
          guard let input = input.baseAddress, let gradient = gradient.baseAddress,
            let weightSums = weightSums.baseAddress
          else { return }
          Parallel.forEach(blocks.count) { block in
            for image in blocks[block] {
              let x = input + image * inputShape.imageSize
              let dy = gradient + image * outputShape.imageSize + channels.lowerBound
              inputFrame.withCopy(of: x) { x in
                WeightGradientKernel.run(
                  inputWindows, input: x, gradient: dy, pixelStride: outputShape.channels,
                  outputs: channels.count, sums: weightSums + block * weightSize)
              }
              guard let inputGradient else { continue }
              gradientFrame.withCopy(of: dy) { dy in
                ConvolutionKernel.run(
                  gradientWindows, input: dy, weights: weights, applyReLU: false,
                  output: inputGradient + image * inputShape.imageSize,
                  pixelStride: inputShape.channels)
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

    if let sums = weightSums.baseAddress {
      Reduction.combine(sums, count: blocks.count, size: weightSize)
      convolution.forEachWeight { o, k, canonical in
        weightGradient[canonical] = sums[k * outputs + o]
      }
      for o in 0..<channels.count { biasGradient[o] = sums[convolution.fanIn * outputs + o] }
    }
    return inputGradient
  }
}

/// An image as a kernel wants to read it: with a border of zeros or its pixels apart; the image
/// itself where nothing of that is needed.
private struct Frame {
  /// Of the frame, in pixels.
  var height: Int
  var width: Int
  /// The numbers of a pixel that come from the image.
  var channels: Int
  /// Between two pixels of the frame.
  var pixelStride: Int
  /// Nil where the image is read in place.
  private let copy: Copy?

  /// Pixel (y, x) of the image is pixel (top + y · step, left + x · step) of the frame.
  struct Copy {
    var height: Int
    var width: Int
    var pixelStride: Int
    var top: Int
    var left: Int
    var step: Int
  }

  /// The input of a convolution with its border.
  init(input: Shape, _ convolution: Convolution) {
    let padding = convolution.padding
    height = input.height + 2 * padding
    width = input.width + 2 * padding
    channels = input.channels
    pixelStride = channels
    copy =
      padding > 0
      ? Copy(
        height: input.height, width: input.width, pixelStride: channels, top: padding,
        left: padding, step: 1) : nil
  }

  /// The output's gradient so that the input's is its convolution, with stride 1, with the turned
  /// weights: a stride sets its pixels apart, and a border lets every input pixel have a window.
  init(gradient shape: Shape, input: Shape, _ convolution: Convolution) {
    let border = convolution.kernelSize - 1
    height = input.height + border
    width = input.width + border
    channels = convolution.outputChannels
    let isPointwise = border == 0 && convolution.stride == 1 && convolution.padding == 0
    pixelStride = isPointwise ? shape.channels : channels
    copy =
      isPointwise
      ? nil
      : Copy(
        height: shape.height, width: shape.width, pixelStride: shape.channels,
        top: border - convolution.padding, left: border - convolution.padding,
        step: convolution.stride)
  }

  /// Calls `body` with the frame of an image.
  func withCopy(of image: UnsafePointer<Float>, _ body: (UnsafePointer<Float>) -> Void) {
    guard let copy else { return body(image) }
    let frame = BufferPool.take(height * width * pixelStride)
    defer { BufferPool.giveBack(frame) }
    guard let start = frame.baseAddress else { return }
    for y in 0..<height {
      let row = start + y * width * pixelStride
      let source = y - copy.top
      guard source >= 0, source % copy.step == 0, source / copy.step < copy.height else {
        row.update(repeating: 0, count: width * pixelStride)
        continue
      }
      copy.row(
        image + source / copy.step * copy.width * copy.pixelStride, to: row, width: width,
        channels: channels, pixelStride: pixelStride)
    }
    body(UnsafePointer(start))
  }
}

extension Frame.Copy {
  /// Copies one row of pixels and zeroes what is around them.
  fileprivate func row(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, width targetWidth: Int,
    channels: Int, pixelStride targetStride: Int
  ) {
    let isDense = step == 1 && channels == targetStride
    // The pixels of the image that fall into the frame; all but for a padding wider than a kernel.
    let first = left >= 0 ? 0 : (-left + step - 1) / step
    let last = min(width, (targetWidth - 1 - left) / step + 1)
    guard first < last, isDense else {
      target.update(repeating: 0, count: targetWidth * targetStride)
      for x in first..<max(first, last) {
        (target + (left + x * step) * targetStride).update(
          from: source + x * pixelStride, count: channels)
      }
      return
    }
    let before = (left + first) * targetStride
    let end = (left + last) * targetStride
    target.update(repeating: 0, count: before)
    if pixelStride == channels {
      (target + before).update(
        from: source + first * pixelStride, count: (last - first) * channels)
    } else {
      for x in first..<last {
        (target + (left + x) * targetStride).update(from: source + x * pixelStride, count: channels)
      }
    }
    (target + end).update(repeating: 0, count: targetWidth * targetStride - end)
  }
}

extension Windows {
  /// The windows of a convolution without padding over a frame.
  fileprivate init(kernelSize: Int, stride: Int, in frame: Frame) {
    self.init(
      kernelSize: kernelSize, stride: stride, height: frame.height, width: frame.width,
      channels: frame.channels, pixelStride: frame.pixelStride)
  }
}

extension PackedWeights {
  /// Of a convolution: its outputs, from the bias on.
  fileprivate init(forwardOf convolution: Convolution, weight: [Float], bias: [Float]) {
    let (inputs, taps) = (
      convolution.inputChannels, convolution.kernelSize * convolution.kernelSize
    )
    self.init(
      outputs: convolution.outputChannels, windowSize: convolution.fanIn, start: bias
    ) { o, k in
      weight[(o * inputs + k % inputs) * taps + k / inputs]
    }
  }

  /// Of the gradient of a convolution's input: the input channels, from windows turned by half a
  /// turn.
  fileprivate init(backwardOf convolution: Convolution, weight: [Float]) {
    let (inputs, outputs) = (convolution.inputChannels, convolution.outputChannels)
    let taps = convolution.kernelSize * convolution.kernelSize
    self.init(outputs: inputs, windowSize: taps * outputs, start: nil) { i, k in
      weight[(k % outputs * inputs + i) * taps + taps - 1 - k / outputs]
    }
  }
}
