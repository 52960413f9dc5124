import NeuralNetwork

/// Convolution, batch norm where there is one, ReLU: the brick of the network.
public final class ConvolutionBlock: Layer {
  let conv2d: Conv2D
  let norm: BatchNorm?
  let hasReLU: Bool
  /// The activations, kept without a norm: a gradient passes the ReLU where they are above 0.
  private var output: Tensor?

  /// A block whose names in the network's state start with `name`, `fire2.squeeze`. Only a bypass's
  /// projection has no ReLU.
  public init(
    _ name: String, _ convolution: Convolution, normalization: Normalization, hasReLU: Bool = true,
    engine: any ConvolutionEngine
  ) {
    conv2d = Conv2D("\(name).conv2d", convolution, engine: engine)
    norm =
      normalization == .batch
      ? BatchNorm("\(name).norm", channels: convolution.outputChannels) : nil
    self.hasReLU = hasReLU
  }

  public var parameters: [Parameter] { conv2d.parameters + (norm?.parameters ?? []) }
  public var buffers: [Buffer] { norm?.buffers ?? [] }

  public func outputShape(for input: Shape) -> Shape { conv2d.outputShape(for: input) }

  public func forward(_ input: consuming Tensor, mode: Mode) -> Tensor {
    let input = input
    var output = Tensor(uninitialized: outputShape(for: input.shape))
    forward(input, mode: mode, output: &output, channels: 0..<output.shape.channels)
    keep(output, mode: mode)
    return output
  }

  public func backward(_ outputGradient: consuming Tensor) -> Tensor {
    let gradient = outputGradient
    var inputGradient: Tensor?
    backward(gradient, channels: 0..<gradient.shape.channels, inputGradient: &inputGradient)
    return inputGradient ?? Tensor(uninitialized: Shape(0, 0, 0, 0))
  }

  /// Writes the result into some channels of a wider tensor, which `keep` is then told of.
  func forward(_ input: Tensor, mode: Mode, output: inout Tensor, channels: Range<Int>) {
    guard let norm else {
      conv2d.forward(
        input, mode: mode, applyReLU: hasReLU, output: &output, channels: channels)
      return
    }
    let convolved = conv2d.forward(input, mode: mode)
    norm.forward(
      convolved, mode: mode, applyReLU: hasReLU, output: &output, channels: channels)
  }

  /// Keeps the tensor that `forward` wrote into, complete, for the backward pass.
  func keep(_ output: Tensor, mode: Mode) {
    self.output = mode.isTraining && norm == nil && hasReLU ? output : nil
  }

  /// Adds the gradient of the input, from some channels of a wider gradient, to what is there.
  func backward(_ gradient: Tensor, channels: Range<Int>, inputGradient: inout Tensor?) {
    let operation: OutputGradient.Operation
    if let norm {
      operation = .batchNorm(norm.inputGradient(of: gradient, channels: channels))
    } else if hasReLU {
      guard let output else { preconditionFailure("backward follows forward in training mode") }
      self.output = nil
      operation = .relu(output)
    } else {
      operation = .none
    }
    conv2d.backward(
      OutputGradient(gradient, channels: channels, operation: operation),
      inputGradient: &inputGradient)
  }
}
