import Support

/// Convolution computed directly from the images, by kernels written for few channels.
///
/// The forward pass and the gradient of the input are the same kernel: the gradient is a convolution
/// of the output's gradient with the weights turned by half a turn. Images with a border are copied
/// into a frame of zeros that stays in the processor's cache. 3×3 convolutions with stride 1 are
/// computed after Winograd, all others as sums over windows. Each image is computed by one thread, in
/// strips where every window is a single pixel; the gradients of the weights are summed image by image
/// inside the batch's blocks. All sums are
/// chains of fused multiply-adds in an order that the shapes alone decide, so the bits are the same
/// on every processor, with any number of threads, and for an image's outputs in any batch.
package struct DirectEngine: ConvolutionEngine {
  package let name = "direct"

  /// The engine keeps nothing: all of them are the same.
  package init() {}

  package func forward(
    _ convolutions: [ConvolutionOutput], input: LazyActivations, output: inout Tensor
  ) {
    let (inputShape, shape) = (input.shape, output.shape)
    for convolution in convolutions {
      checkExtents(
        convolution.convolution, input: inputShape, weight: convolution.weight,
        bias: convolution.bias, output: shape, channels: convolution.channels)
    }
    let sections = Section.sections(of: inputShape, convolutions.map(\.convolution))
    let passes = Section.forEachShape(of: sections) { section in
      convolutions.map { ForwardPass($0, input: section, outputChannels: shape.channels) }
    }
    let epilogue = Epilogue(sums: convolutions.compactMap(\.moments))
    input.withReader { reader in
      output.withMutablePointer { output in
        Reduction.forEachImage(of: shape.count) { image, block in
          for (section, passes) in zip(sections, passes) {
            let first = image * shape.pixels + section.firstPixel
            for pass in passes {
              pass.run(
                from: image * inputShape.pixels + section.firstPixel, reader,
                output: output + first * shape.channels)
            }
            // A strip has as many pixels of the output as of the input.
            let count = sections.count == 1 ? shape.pixels : section.shape.pixels
            epilogue.apply(to: first..<first + count, ofBlock: block, of: output, shape: shape)
          }
        }
      }
    }
  }

  package func backward(
    _ convolutions: [ConvolutionGradient], input: LazyActivations, needsInputGradient: Bool,
    epilogue: Epilogue
  ) -> Tensor? {
    for gradient in convolutions {
      checkExtents(
        gradient.convolution, input: input.shape, weight: gradient.weight, bias: gradient.bias,
        output: gradient.output.tensor.shape, channels: gradient.output.channels)
    }
    let shape = input.shape
    let sections = Section.sections(of: shape, convolutions.map(\.convolution))
    let passes = Section.forEachShape(of: sections) { section in
      convolutions.enumerated().map { i, gradient in
        BackwardPass(
          gradient, input: section, needsInputGradient: needsInputGradient, isFirst: i == 0)
      }
    }
    let sums = convolutions.map { WeightGradientSums($0, images: shape.count) }
    let gradientPixels = convolutions.first?.output.tensor.shape.pixels ?? 0
    let blocks = Reduction.blocks(of: shape.count)
    func run(_ inputGradient: UnsafeMutablePointer<Float>?) {
      input.withReader { input in
        LazyGradient.withReaders(convolutions.map(\.output)) { gradients in
          Reduction.forEachImage(of: shape.count) { image, block in
            for (section, passes) in zip(sections, passes) {
              let first = image * shape.pixels + section.firstPixel
              Frame.withGradients(
                passes.map(\.gradientFrame),
                from: image * gradientPixels + section.firstPixel, gradients
              ) { gradients in
                let isFirst = image == blocks[block].lowerBound && section.firstPixel == 0
                for i in passes.indices {
                  passes[i].run(
                    from: first, input, gradients[i],
                    isFirst: isFirst && !sums[i].isContinued, sums: sums[i].ofBlock(block),
                    inputGradient: inputGradient.map { $0 + first * shape.channels })
                }
              }
              guard let inputGradient else { continue }
              epilogue.apply(
                to: first..<first + section.shape.pixels, ofBlock: block, of: inputGradient,
                shape: shape)
            }
          }
        }
      }
    }
    var inputGradient = needsInputGradient ? Tensor(uninitialized: shape) : nil
    if needsInputGradient {
      inputGradient?.withMutablePointer { run($0) }
    } else {
      run(nil)
    }
    for sums in sums { sums.leave() }
    return inputGradient
  }

  /// The sums of the gradients stay until they are asked for; while they are made, each thread has
  /// the largest section of an image with its border, and its gradients.
  package func backwardMemory(
    _ convolutions: [Convolution], input: Shape, threads: Int
  ) -> BackwardMemory {
    let sums = convolutions.reduce(0) { $0 + WeightGradientLayout($1).sumsSize }
    let section = Section.sections(of: input, convolutions).first?.shape ?? Shape(1, 0, 0, 0)
    func framed(_ convolution: Convolution, _ channels: Int) -> Int {
      let border = 2 * convolution.padding
      return (section.height + border) * (section.width + border) * channels
    }
    let image = convolutions.map { framed($0, $0.inputChannels) }.max() ?? 0
    let gradients = convolutions.reduce(0) { $0 + framed($1, $1.outputChannels) }
    return BackwardMemory(
      kept: Reduction.blocks(of: input.count).count * sums,
      passing: (image + gradients) * threads)
  }

  /// Numbers of channels up to a multiple of 16, the last ones 0.
  fileprivate static func padded(_ numbers: [Float]) -> [Float] {
    numbers + [Float](repeating: 0, count: roundedToGroup(numbers.count) - numbers.count)
  }
}

/// A part of an image that is computed as if it were one.
private struct Section: Sendable {
  /// Counted in the image.
  let firstPixel: Int
  /// Of one image.
  let shape: Shape

  /// Strips of pixels where no window has more than one: they stay in the cache while they are read,
  /// written and followed up. Else the whole image.
  static func sections(of shape: Shape, _ convolutions: [Convolution]) -> [Section] {
    guard convolutions.allSatisfy({ $0.kernelSize == 1 && $0.stride == 1 }) else {
      return [Section(firstPixel: 0, shape: Shape(1, shape.height, shape.width, shape.channels))]
    }
    let size = WeightGradientKernel.blockSize
    return stride(from: 0, to: shape.pixels, by: size).map { first in
      Section(
        firstPixel: first, shape: Shape(1, 1, min(size, shape.pixels - first), shape.channels))
    }
  }

  /// What `make` makes of each section's shape; all strips but the last share one.
  static func forEachShape<Result>(
    of sections: [Section], _ make: (Shape) -> Result
  ) -> [Result] {
    var results: [Result] = []
    for (i, section) in sections.enumerated() {
      let isKnown = i > 0 && sections[i - 1].shape == section.shape
      results.append(isKnown ? results[i - 1] : make(section.shape))
    }
    return results
  }
}

/// The forward pass of a convolution over a section of an image.
private struct ForwardPass: Sendable {
  private let frame: Frame
  private let kernel: ImageConvolution
  private let firstChannel: Int

  init(_ output: ConvolutionOutput, input: Shape, outputChannels: Int) {
    let (convolution, weight) = (output.convolution, output.weight)
    frame = Frame(input: input, convolution)
    let weights =
      weight.packed.forward ?? PackedWeights(forwardOf: convolution, weight: weight.value)
    weight.packed.forward = weights
    var shape = convolution.outputShape(for: input)
    shape.channels = outputChannels
    kernel = ImageConvolution(
      convolution, over: frame, stride: convolution.stride, output: shape, weights: weights,
      start: DirectEngine.padded(output.bias.value), applyReLU: output.appliesReLU)
    firstChannel = output.channels.lowerBound
  }

  /// Reads the input from its first pixel on, counted over the whole batch, and writes the
  /// convolution's channels of the output.
  func run(
    from firstPixel: Int, _ input: LazyActivations.Reader, output: UnsafeMutablePointer<Float>
  ) {
    frame.withActivations(from: firstPixel, input) {
      kernel.run($0, output: output + firstChannel)
    }
  }
}

/// The backward pass of a convolution over a section of an image.
private struct BackwardPass: Sendable {
  /// How `run` wants the output's gradient.
  let gradientFrame: Frame
  private let inputFrame: Frame
  private let weightKernel: ImageWeightGradient
  /// `nil` where no one wants the gradient of the input.
  private var inputKernel: ImageConvolution?

  /// The first pass over an input writes the gradient of it, others add to that.
  init(
    _ gradient: ConvolutionGradient, input: Shape, needsInputGradient: Bool, isFirst: Bool
  ) {
    let (convolution, weight) = (gradient.convolution, gradient.weight)
    let output = convolution.outputShape(for: input)
    inputFrame = Frame(input: input, convolution)
    gradientFrame =
      needsInputGradient || Winograd.applies(to: convolution)
      ? Frame(gradient: output, input: input, convolution)
      : Frame(gradient: output, convolution)
    weightKernel = ImageWeightGradient(
      convolution, input: inputFrame, gradient: gradientFrame, output: output)
    guard needsInputGradient else { return }
    let weights =
      weight.packed.backward ?? PackedWeights(backwardOf: convolution, weight: weight.value)
    weight.packed.backward = weights
    let zeros = [Float](repeating: 0, count: convolution.inputChannels)
    inputKernel = ImageConvolution(
      convolution, over: gradientFrame, stride: 1, output: input, weights: weights,
      start: isFirst ? DirectEngine.padded(zeros) : nil)
  }

  /// Adds to sums of gradients, and writes the gradient of the input.
  ///
  /// - Parameters:
  ///   - firstPixel: Of the input, counted over the whole batch.
  ///   - input: The activations.
  ///   - gradient: The output's gradient in `gradientFrame`.
  ///   - isFirst: Whether the sums are still without values.
  ///   - sums: Of weights and bias.
  ///   - inputGradient: Where it is written, if it is wanted.
  func run(
    from firstPixel: Int, _ input: LazyActivations.Reader, _ gradient: UnsafePointer<Float>,
    isFirst: Bool, sums: UnsafeMutablePointer<Float>,
    inputGradient: UnsafeMutablePointer<Float>?
  ) {
    inputFrame.withActivations(from: firstPixel, input) { x in
      weightKernel.run(x, gradient, isFirst: isFirst, sums: sums)
    }
    guard let inputGradient else { return }
    inputKernel?.run(gradient, output: inputGradient)
  }
}

/// The sums of a convolution's gradients of weights and bias over a batch, block by block.
private struct WeightGradientSums: @unchecked Sendable {
  /// Whether the sums hold those of an earlier batch.
  let isContinued: Bool
  private let gradient: ConvolutionGradient
  private let layout: WeightGradientLayout
  private let blocks: Int
  private let storage: Storage

  init(_ gradient: ConvolutionGradient, images: Int) {
    self.gradient = gradient
    layout = WeightGradientLayout(gradient.convolution)
    blocks = Reduction.blocks(of: images).count
    // The sums of a batch of one block go on where those of the last batch ended.
    let unfinished = blocks == 1 ? gradient.weight.unfinished?.sums : nil
    isContinued = unfinished != nil
    storage = unfinished ?? Storage(count: max(1, blocks) * layout.sumsSize)
    // Without pixels nothing is summed.
    if gradient.output.tensor.shape.elements == 0, !isContinued {
      storage.elements.initialize(repeating: 0)
    }
  }

  func ofBlock(_ block: Int) -> UnsafeMutablePointer<Float> {
    storage.pointer + block * layout.sumsSize
  }

  /// Combines the sums and leaves them to the parameters.
  func leave() {
    Reduction.combine(ofBlock(0), count: blocks, size: layout.sumsSize)
    let layout = layout
    gradient.weight.leave(storage) { layout.addWeightGradient($0, to: $1) }
    gradient.bias.leave(storage) { layout.addBiasGradient($0, to: $1) }
  }
}

/// The convolution of an image in its frame by the kernel that suits it.
private struct ImageConvolution: Sendable {
  private enum Kernel {
    case windows(IndirectionBuffer)
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
      : .windows(IndirectionBuffer(kernelSize: convolution.kernelSize, stride: stride, in: frame))
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
    case windows(IndirectionBuffer, gradientPixels: [Int])
    case winograd(firstPixel: Int, rowStride: Int)
  }

  private let kernel: Kernel
  private let convolution: Convolution
  private let output: Shape

  init(_ convolution: Convolution, input: Frame, gradient: Frame, output: Shape) {
    (self.convolution, self.output) = (convolution, output)
    kernel =
      Winograd.applies(to: convolution)
      ? .winograd(
        firstPixel: gradient.firstPixel, rowStride: gradient.width * gradient.channels)
      : .windows(
        IndirectionBuffer(
          kernelSize: convolution.kernelSize, stride: convolution.stride, in: input),
        gradientPixels: gradient.imagePixels)
  }

  /// Adds to sums as `WeightGradientLayout` tells them.
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
}

/// How the sums of a convolution's gradients lie in memory.
private struct WeightGradientLayout: Sendable {
  private let convolution: Convolution
  private let isWinograd: Bool
  /// The output channels, rounded up to whole groups of lanes.
  private let lanes: Int
  /// The rows of sums for weights; one for the biases follows.
  private let rows: Int

  init(_ convolution: Convolution) {
    self.convolution = convolution
    isWinograd = Winograd.applies(to: convolution)
    lanes = roundedToGroup(convolution.outputChannels)
    rows = isWinograd ? Winograd.positions * convolution.inputChannels : convolution.fanIn
  }

  /// The numbers of a block of the batch.
  var sumsSize: Int { (rows + 1) * lanes }

  /// Adds the weight's gradient, shape (outputs, inputs, kernel height, kernel width), from complete
  /// sums.
  func addWeightGradient(_ sums: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>) {
    guard isWinograd else {
      convolution.forEachWeight { o, k, index in gradient[index] += sums[k * lanes + o] }
      return
    }
    let inputs = convolution.inputChannels
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
