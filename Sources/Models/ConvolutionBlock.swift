import NeuralNetwork

/// Convolution, batch norm where there is one, ReLU: the brick of the network.
package final class ConvolutionBlock: Layer {
  package let conv2d: Conv2D
  package let norm: BatchNorm?
  package let hasReLU: Bool
  /// The activations, kept without a norm: a gradient passes the ReLU where they are above 0.
  private var output: Tensor?
  /// What is summed up for `finish` while the convolution writes.
  private var moments: BatchMoments?

  /// A block whose names in the network's state start with `name`, `fire2.squeeze`. Only a bypass's
  /// projection has no ReLU.
  package init(
    _ name: String, _ convolution: Convolution, normalization: Normalization, hasReLU: Bool = true,
    engine: any ConvolutionEngine
  ) {
    conv2d = Conv2D("\(name).conv2d", convolution, engine: engine)
    norm =
      normalization == .batch
      ? BatchNorm("\(name).norm", channels: convolution.outputChannels) : nil
    self.hasReLU = hasReLU
  }

  package var parameters: [Parameter] { conv2d.parameters + (norm?.parameters ?? []) }
  package var buffers: [Buffer] { norm?.buffers ?? [] }
  package var gradientSums: [any ChannelSums] { norm?.gradientSums ?? [] }

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

  /// The convolution, with its ReLU where no norm comes between, in some channels of a tensor of a
  /// shape, which `finish` is then given.
  func convolutionOutput(
    over shape: Shape, channels: Range<Int>, mode: Mode
  ) -> (layer: Conv2D, output: ConvolutionOutput) {
    moments = norm?.moments(over: shape, channels: channels, mode: mode)
    return (
      conv2d, conv2d.output(in: channels, appliesReLU: norm == nil && hasReLU, moments: moments)
    )
  }

  /// What is left to do to some channels of a tensor that the convolution wrote into, before the ReLU;
  /// `nil` without a norm.
  ///
  /// The tensor is kept for the backward pass, so nothing may be written into it any more.
  func finish(_ output: Tensor, channels: Range<Int>, mode: Mode) -> LazyActivations.Affine? {
    self.output = mode.isTraining && norm == nil && hasReLU ? output : nil
    defer { moments = nil }
    return norm?.normalize(
      output, channels: channels, mode: mode, appliesReLU: hasReLU, moments: moments)
  }

  /// The gradient of what the convolution wrote, from that of the activations in some channels of a
  /// wider tensor.
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
