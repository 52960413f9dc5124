import NeuralNetwork

/// A convolution, an optional batch norm and an optional ReLU, computed as one layer. In evaluation the norm
/// is folded into the convolution.
package final class ConvolutionBlock: Layer {
  package let conv2d: Conv2D
  package let norm: BatchNorm?
  package let relu: ReLU?
  /// The output, kept if there is no norm: a gradient passes the ReLU where it is above 0.
  private var output: Tensor?
  /// The moments for `finish`, summed while the convolution writes.
  private var moments: BatchMoments?

  /// Creates a block with zero weights, whose names in the network's state start with `name`, such
  /// as `fire2.squeeze`. Only a bypass's projection has no ReLU.
  package init(
    _ name: String, _ convolution: Convolution, normalization: Normalization, hasReLU: Bool = true,
    engine: any ConvolutionEngine
  ) {
    conv2d = Conv2D("\(name).conv2d", convolution, engine: engine)
    norm =
      normalization == .batch
      ? BatchNorm("\(name).norm", channels: convolution.outputChannels) : nil
    relu = hasReLU ? ReLU() : nil
  }

  package var children: [NamedLayer] {
    [NamedLayer("conv2d", conv2d)] + (norm.map { [NamedLayer("norm", $0)] } ?? [])
      + (relu.map { [NamedLayer("relu", $0)] } ?? [])
  }
  package var gradientSums: [any ChannelSums] { norm?.gradientSums ?? [] }

  package func kind(for input: Shape) -> LayerKind { LayerKind("ConvolutionBlock") }

  package func outputShape(for input: Shape) -> Shape { conv2d.outputShape(for: input) }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    let input = input
    var output = Tensor(uninitialized: outputShape(for: input.shape))
    let channels = 0..<output.shape.channels
    Conv2D.forward(
      [convolutionOutput(over: output.shape, channels: channels, mode: mode)], input, mode: mode,
      output: &output)
    guard let affine = finish(output, channels: channels, mode: mode) else {
      return LazyActivations(output)
    }
    return LazyActivations(output, affine: affine, appliesReLU: hasReLU)
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    let gradient = outputGradient
    let channels = 0..<gradient.shape.channels
    return Conv2D.backward(
      [convolutionGradient(gradient, channels: channels)], epilogue: epilogue)
  }

  /// The convolution's memory: norm and ReLU are computed where the next layer reads.
  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    conv2d.memory(for: input, threads: threads)
  }

  private var hasReLU: Bool { relu != nil }

  /// The convolution, with the ReLU unless it waits for the norm, writing into some channels of a tensor
  /// of a given shape. The tensor is then passed to `finish`.
  func convolutionOutput(
    over shape: Shape, channels: Range<Int>, mode: Mode
  ) -> (layer: Conv2D, output: ConvolutionOutput) {
    guard mode.isTraining, let norm else {
      return (conv2d, conv2d.output(in: channels, folding: norm, appliesReLU: hasReLU))
    }
    let moments = norm.moments(over: shape, channels: channels)
    self.moments = moments
    return (conv2d, conv2d.output(in: channels, moments: moments))
  }

  /// The affine map of the norm for the channels that the convolution has written, applied before the
  /// ReLU; `nil` without a norm and in evaluation.
  ///
  /// The tensor is kept for the backward pass and must not be written to afterwards.
  func finish(_ output: Tensor, channels: Range<Int>, mode: Mode) -> LazyActivations.Affine? {
    self.output = mode.isTraining && norm == nil && hasReLU ? output : nil
    guard mode.isTraining, let norm else { return nil }
    defer { moments = nil }
    return norm.normalize(output, channels: channels, appliesReLU: hasReLU, moments: moments)
  }

  /// The gradient of the convolution's output from that of the block's output, which is some channels
  /// of a wider tensor.
  func convolutionGradient(
    _ gradient: Tensor, channels: Range<Int>
  ) -> (layer: Conv2D, output: LazyGradient) {
    let operation: LazyGradient.Operation
    if let norm {
      operation = .affine(norm.inputGradient(of: gradient))
    } else if hasReLU {
      guard let output else { preconditionFailure("backward follows forward in training mode") }
      self.output = nil
      operation = .relu(output)
    } else {
      operation = .none
    }
    return (conv2d, LazyGradient(gradient, channels: channels, operation: operation))
  }
}
