import Support

/// Convolution computed directly from the images, by kernels written for few channels.
///
/// The forward pass and the gradient of the input are the same kernel: the gradient is a convolution
/// of the output's gradient with the weights turned by half a turn. Images with a border are copied
/// into a frame of zeros that stays in the processor's cache. 3×3 convolutions with stride 1 are
/// computed after Winograd, all others as sums over windows. Each image is computed by one thread;
/// the gradients of the weights are summed image by image inside the batch's blocks. All sums are
/// chains of fused multiply-adds in an order that the shapes alone decide, so the bits are the same
/// on every processor, with any number of threads, and for an image's outputs in any batch.
public struct DirectEngine: ConvolutionEngine {
  public let name = "direct"

  /// The engine keeps nothing: all of them are the same.
  public init() {}

  public func forward(
    _ convolution: Convolution, input: Activations, weight: Parameter, bias: Parameter,
    applyReLU: Bool, output: inout Tensor, channels: Range<Int>, moments: BatchMoments?
  ) {
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: bias, output: output.shape,
      channels: channels)
    let (inputShape, outputShape) = (input.shape, output.shape)
    let frame = Frame(input: inputShape, convolution)
    let weights =
      weight.packed.forward ?? PackedWeights(forwardOf: convolution, weight: weight.value)
    weight.packed.forward = weights
    let kernel = ImageConvolution(
      convolution, over: frame, stride: convolution.stride, output: outputShape, weights: weights,
      start: Self.padded(bias.value), applyReLU: applyReLU)
    input.withReader { reader in
      output.withMutableElements { output in
        // Addresses of empty arrays are nil; there is nothing to compute then.
        guard let output = output.baseAddress else { return }
        let first = output + channels.lowerBound
        forEachImage(
          of: inputShape.count, adding: first, pixelStride: outputShape.channels, to: moments
        ) { image in
          frame.withActivations(of: image, reader) { x in
            kernel.run(x, output: first + image * outputShape.imageSize)
          }
        }
      }
    }
  }

  public func backward(
    _ convolution: Convolution, input: Activations, weight: Parameter, bias: Parameter,
    outputGradient: OutputGradient, needsInputGradient: Bool, inputGradient: inout Tensor?
  ) {
    checkExtents(
      convolution, input: input.shape, weight: weight, bias: bias,
      output: outputGradient.tensor.shape, channels: outputGradient.channels)
    let (inputShape, gradientShape) = (input.shape, outputGradient.tensor.shape)
    let inputFrame = Frame(input: inputShape, convolution)
    let gradientFrame =
      needsInputGradient || Winograd.applies(to: convolution)
      ? Frame(gradient: gradientShape, input: inputShape, convolution)
      : Frame(gradient: gradientShape, convolution)
    let weightKernel = ImageWeightGradient(
      convolution, input: inputFrame, gradient: gradientFrame, output: gradientShape)
    var inputKernel: ImageConvolution?
    if needsInputGradient {
      let weights =
        weight.packed.backward ?? PackedWeights(backwardOf: convolution, weight: weight.value)
      weight.packed.backward = weights
      let start =
        inputGradient == nil
        ? Self.padded([Float](repeating: 0, count: convolution.inputChannels)) : nil
      inputKernel = ImageConvolution(
        convolution, over: gradientFrame, stride: 1, output: inputShape, weights: weights,
        start: start)
      if inputGradient == nil { inputGradient = Tensor(uninitialized: inputShape) }
    }

    let blocks = Reduction.blocks(of: inputShape.count)
    // The sums of a batch of one block go on where those of the last batch ended.
    let unfinished = blocks.count == 1 ? weight.unfinished?.sums : nil
    let sums = unfinished ?? Storage(count: max(1, blocks.count) * weightKernel.sumsSize)
    // Without pixels nothing is summed.
    if gradientShape.elements == 0, unfinished == nil { sums.elements.initialize(repeating: 0) }

    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withReader { inputReader in
        outputGradient.withReader { gradientReader in
          guard let sums = sums.elements.baseAddress else { return }
          Parallel.forEach(blocks.count) { block in
            for image in blocks[block] {
              gradientFrame.withGradient(of: image, gradientReader) { dy in
                inputFrame.withActivations(of: image, inputReader) { x in
                  weightKernel.run(
                    x, dy, isFirst: unfinished == nil && image == blocks[block].lowerBound,
                    sums: sums + block * weightKernel.sumsSize)
                }
                guard let inputGradient else { return }
                inputKernel?.run(dy, output: inputGradient + image * inputShape.imageSize)
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

    guard let start = sums.elements.baseAddress else { return }
    Reduction.combine(start, count: blocks.count, size: weightKernel.sumsSize)
    weight.leave(sums) { weightKernel.addWeightGradient($0, to: $1) }
    bias.leave(sums) { weightKernel.addBiasGradient($0, to: $1) }
  }

  /// The sums of the gradients stay until they are asked for; while they are made, each thread has
  /// an image with its border, and a gradient.
  public func backwardMemory(
    _ convolution: Convolution, input: Shape, threads: Int
  ) -> BackwardMemory {
    let rows =
      Winograd.applies(to: convolution)
      ? Winograd.positions * convolution.inputChannels : convolution.fanIn
    let border = 2 * convolution.padding
    return BackwardMemory(
      kept: Reduction.blocks(of: input.count).count * (rows + 1)
        * roundedToGroup(convolution.outputChannels),
      passing: (input.height + border) * (input.width + border)
        * (convolution.inputChannels + convolution.outputChannels) * threads)
  }

  /// Numbers of channels up to a multiple of 16, the last ones 0.
  private static func padded(_ numbers: [Float]) -> [Float] {
    numbers + [Float](repeating: 0, count: roundedToGroup(numbers.count) - numbers.count)
  }
}

/// The convolution of an image in its frame by the kernel that suits it.
private struct ImageConvolution: Sendable {
  private enum Kernel {
    case windows(Windows)
    case winograd(channels: Int)
  }

  private let kernel: Kernel
  private let output: Shape
  private let weights: PackedWeights
  private let start: [Float]?
  private let applyReLU: Bool

  /// - Parameters:
  ///   - convolution: Whose forward or backward pass this is.
  ///   - frame: That of the images.
  ///   - stride: Of the windows.
  ///   - output: The shape of what is written into.
  ///   - weights: One for each number of a window and each output.
  ///   - start: What is added to the sums; `nil` for what the output holds.
  ///   - applyReLU: Whether max(·, 0) is written.
  init(
    _ convolution: Convolution, over frame: Frame, stride: Int, output: Shape,
    weights: PackedWeights, start: [Float]?, applyReLU: Bool = false
  ) {
    kernel =
      Winograd.applies(to: convolution)
      ? .winograd(channels: frame.channels)
      : .windows(Windows(kernelSize: convolution.kernelSize, stride: stride, in: frame))
    (self.output, self.weights, self.start) = (output, weights, start)
    self.applyReLU = applyReLU
  }

  func run(_ image: UnsafePointer<Float>, output target: UnsafeMutablePointer<Float>) {
    switch kernel {
    case .windows(let windows):
      ConvolutionKernel.run(
        windows, input: image, weights: weights, start: start, applyReLU: applyReLU,
        output: target, pixelStride: output.channels)
    case .winograd(let channels):
      WinogradKernel.run(
        input: image, channels: channels, height: output.height, width: output.width,
        weights: weights, start: start, applyReLU: applyReLU, output: target,
        pixelStride: output.channels)
    }
  }
}

/// What an image in its frame adds to the gradients of weights and biases, by the kernel that suits
/// the convolution.
private struct ImageWeightGradient: Sendable {
  private enum Kernel {
    case windows(Windows, gradientPixels: [Int])
    case winograd(firstPixel: Int, rowStride: Int)
  }

  private let kernel: Kernel
  private let convolution: Convolution
  private let output: Shape
  /// The output channels, rounded up to whole groups of lanes.
  private let lanes: Int
  /// The rows of sums for weights; one for the biases follows.
  private let rows: Int

  init(_ convolution: Convolution, input: Frame, gradient: Frame, output: Shape) {
    (self.convolution, self.output) = (convolution, output)
    lanes = roundedToGroup(convolution.outputChannels)
    if Winograd.applies(to: convolution) {
      rows = Winograd.positions * convolution.inputChannels
      kernel = .winograd(
        firstPixel: gradient.firstPixel, rowStride: gradient.width * gradient.channels)
    } else {
      rows = convolution.fanIn
      kernel = .windows(
        Windows(kernelSize: convolution.kernelSize, stride: convolution.stride, in: input),
        gradientPixels: gradient.imagePixels)
    }
  }

  /// The numbers that `run` sums up.
  var sumsSize: Int { (rows + 1) * lanes }

  func run(
    _ image: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, isFirst: Bool,
    sums: UnsafeMutablePointer<Float>
  ) {
    switch kernel {
    case .windows(let windows, let pixels):
      WeightGradientKernel.run(
        windows, input: image, gradient: gradient, pixels: pixels,
        outputs: convolution.outputChannels, isFirst: isFirst, sums: sums)
    case .winograd(let firstPixel, let rowStride):
      WinogradWeightGradientKernel.run(
        input: image, inputs: convolution.inputChannels, gradient: gradient + firstPixel,
        rowStride: rowStride, outputs: convolution.outputChannels, height: output.height,
        width: output.width, isFirst: isFirst, sums: sums)
    }
  }

  /// Adds the weight's gradient, shape (outputs, inputs, kernel height, kernel width), from complete
  /// sums.
  func addWeightGradient(_ sums: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>) {
    let inputs = convolution.inputChannels
    switch kernel {
    case .windows:
      convolution.forEachWeight { o, k, index in gradient[index] += sums[k * lanes + o] }
    case .winograd:
      for o in stride(from: 0, to: lanes, by: 16) {
        for i in 0..<inputs {
          let target = gradient + (o * inputs + i) * 9
          Winograd.kernelGradients(sums + (i * lanes + o), positionStride: inputs * lanes) {
            tap, gradients in
            for lane in 0..<16 { target[lane &* inputs &* 9 &+ tap] += gradients[lane] }
          }
        }
      }
    }
  }

  /// Adds the bias's gradient, shape (outputs), from complete sums.
  func addBiasGradient(_ sums: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>) {
    for o in 0..<convolution.outputChannels { gradient[o] += sums[rows * lanes + o] }
  }
}

extension PackedWeights {
  /// Of a convolution: its outputs.
  fileprivate init(forwardOf convolution: Convolution, weight: [Float]) {
    let (inputs, taps) = (
      convolution.inputChannels, convolution.kernelSize * convolution.kernelSize
    )
    self.init(convolution, outputs: convolution.outputChannels, channels: inputs) {
      output, tap, input in weight[(output * inputs + input) * taps + tap]
    }
  }

  /// Of the gradient of a convolution's input: the input channels, from windows turned by half a
  /// turn.
  fileprivate init(backwardOf convolution: Convolution, weight: [Float]) {
    let (inputs, taps) = (
      convolution.inputChannels, convolution.kernelSize * convolution.kernelSize
    )
    self.init(convolution, outputs: inputs, channels: convolution.outputChannels) {
      input, tap, output in weight[(output * inputs + input) * taps + taps - 1 - tap]
    }
  }

  private init(
    _ convolution: Convolution, outputs: Int, channels: Int,
    weight: (_ output: Int, _ tap: Int, _ channel: Int) -> Float
  ) {
    guard Winograd.applies(to: convolution) else {
      let taps = convolution.kernelSize * convolution.kernelSize
      self.init(outputs: outputs, taps: taps, channels: channels, weight: weight)
      return
    }
    self.init(outputs: outputs, size: Winograd.positions * channels) { first, width, target in
      for channel in 0..<channels {
        for o in stride(from: 0, to: width, by: 16) {
          Winograd.transform(
            kernels: { tap in
              var weights = SIMD16<Float>()
              for lane in 0..<16 { weights[lane] = weight(first + o + lane, tap, channel) }
              return weights
            }, to: target + channel * width + o, positionStride: channels * width)
        }
      }
    }
  }
}
