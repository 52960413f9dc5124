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
    _ convolutions: [ConvolutionOutput], input: Activations, output: inout Tensor
  ) {
    let shape = output.shape
    let passes = convolutions.map { convolution in
      checkExtents(
        convolution.convolution, input: input.shape, weight: convolution.weight,
        bias: convolution.bias, output: shape, channels: convolution.channels)
      return ForwardPass(convolution, input: input.shape, output: shape)
    }
    input.withReader { reader in
      output.withMutableElements { output in
        // Addresses of empty arrays are nil; there is nothing to compute then.
        guard let output = output.baseAddress else { return }
        forEachImage(of: convolutions, shape, output) { image in
          for pass in passes {
            pass.run(image, reader, output: output + image * shape.imageSize)
          }
        }
      }
    }
  }

  /// Convolutions side by side take turns image by image: their outputs' gradients lie side by side as
  /// well, and what one reads brings the next one's into the cache.
  public func backward(
    _ convolutions: [ConvolutionGradient], input: Activations, needsInputGradient: Bool,
    followUp: GradientFollowUp
  ) -> Tensor? {
    let passes = convolutions.enumerated().map { i, gradient in
      checkExtents(
        gradient.convolution, input: input.shape, weight: gradient.weight, bias: gradient.bias,
        output: gradient.output.tensor.shape, channels: gradient.output.channels)
      return BackwardPass(
        gradient, input: input.shape, needsInputGradient: needsInputGradient, isFirst: i == 0)
    }
    let shape = input.shape
    let blocks = Reduction.blocks(of: shape.count)
    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withReader { input in
        OutputGradient.withReaders(convolutions.map(\.output)) { gradients in
          Parallel.forEach(blocks.count) { block in
            for image in blocks[block] {
              for (pass, gradient) in zip(passes, gradients) {
                pass.run(
                  image, isFirst: image == blocks[block].lowerBound, block: block, input, gradient,
                  inputGradient: inputGradient.map { $0 + image * shape.imageSize })
              }
              guard let inputGradient else { continue }
              followUp.finish(image, ofBlock: block, inputGradient, shape)
            }
          }
        }
      }
    }
    var inputGradient = needsInputGradient ? Tensor(uninitialized: shape) : nil
    if needsInputGradient {
      inputGradient?.withMutableElements { run($0.baseAddress) }
    } else {
      run(nil)
    }
    for pass in passes { pass.leaveSums() }
    return inputGradient
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
  fileprivate static func padded(_ numbers: [Float]) -> [Float] {
    numbers + [Float](repeating: 0, count: roundedToGroup(numbers.count) - numbers.count)
  }
}

/// The forward pass of a convolution over a batch, image by image.
private struct ForwardPass: Sendable {
  private let frame: Frame
  private let kernel: ImageConvolution
  private let firstChannel: Int

  init(_ output: ConvolutionOutput, input: Shape, output shape: Shape) {
    let (convolution, weight) = (output.convolution, output.weight)
    frame = Frame(input: input, convolution)
    let weights =
      weight.packed.forward ?? PackedWeights(forwardOf: convolution, weight: weight.value)
    weight.packed.forward = weights
    kernel = ImageConvolution(
      convolution, over: frame, stride: convolution.stride, output: shape, weights: weights,
      start: DirectEngine.padded(output.bias.value), applyReLU: output.appliesReLU)
    firstChannel = output.channels.lowerBound
  }

  /// Writes an image's channels of the output.
  func run(
    _ image: Int, _ input: Activations.Reader, output: UnsafeMutablePointer<Float>
  ) {
    frame.withActivations(of: image, input) { kernel.run($0, output: output + firstChannel) }
  }
}

/// The backward pass of a convolution over a batch, image by image.
private struct BackwardPass: @unchecked Sendable {
  private let gradient: ConvolutionGradient
  private let inputFrame: Frame
  private let gradientFrame: Frame
  private let weightKernel: ImageWeightGradient
  /// `nil` where no one wants the gradient of the input.
  private var inputKernel: ImageConvolution?
  /// Of weights and bias, block by block.
  private let sums: Storage
  /// Whether the sums hold those of an earlier batch.
  private let isContinued: Bool
  private let blocks: Int

  /// The first pass over an input writes the gradient of it, others add to that.
  init(
    _ gradient: ConvolutionGradient, input: Shape, needsInputGradient: Bool, isFirst: Bool
  ) {
    self.gradient = gradient
    let (convolution, weight) = (gradient.convolution, gradient.weight)
    let gradientShape = gradient.output.tensor.shape
    inputFrame = Frame(input: input, convolution)
    gradientFrame =
      needsInputGradient || Winograd.applies(to: convolution)
      ? Frame(gradient: gradientShape, input: input, convolution)
      : Frame(gradient: gradientShape, convolution)
    weightKernel = ImageWeightGradient(
      convolution, input: inputFrame, gradient: gradientFrame, output: gradientShape)
    if needsInputGradient {
      let weights =
        weight.packed.backward ?? PackedWeights(backwardOf: convolution, weight: weight.value)
      weight.packed.backward = weights
      let zeros = [Float](repeating: 0, count: convolution.inputChannels)
      inputKernel = ImageConvolution(
        convolution, over: gradientFrame, stride: 1, output: input, weights: weights,
        start: isFirst ? DirectEngine.padded(zeros) : nil)
    }
    blocks = Reduction.blocks(of: input.count).count
    // The sums of a batch of one block go on where those of the last batch ended.
    let unfinished = blocks == 1 ? weight.unfinished?.sums : nil
    isContinued = unfinished != nil
    sums = unfinished ?? Storage(count: max(1, blocks) * weightKernel.sumsSize)
    // Without pixels nothing is summed.
    if gradientShape.elements == 0, !isContinued { sums.elements.initialize(repeating: 0) }
  }

  /// Adds an image to the sums of its block, the `isFirst` of which it may be, and writes the gradient
  /// of the input's image.
  func run(
    _ image: Int, isFirst: Bool, block: Int, _ input: Activations.Reader,
    _ gradient: OutputGradient.Reader, inputGradient: UnsafeMutablePointer<Float>?
  ) {
    guard let sums = sums.elements.baseAddress else { return }
    gradientFrame.withGradient(of: image, gradient) { dy in
      inputFrame.withActivations(of: image, input) { x in
        weightKernel.run(
          x, dy, isFirst: isFirst && !isContinued, sums: sums + block * weightKernel.sumsSize)
      }
      guard let inputGradient else { return }
      inputKernel?.run(dy, output: inputGradient)
    }
  }

  /// Combines the sums and leaves them to the parameters.
  func leaveSums() {
    guard let start = sums.elements.baseAddress else { return }
    Reduction.combine(start, count: blocks, size: weightKernel.sumsSize)
    let kernel = weightKernel
    gradient.weight.leave(sums) { kernel.addWeightGradient($0, to: $1) }
    gradient.bias.leave(sums) { kernel.addBiasGradient($0, to: $1) }
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
