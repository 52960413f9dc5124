/// A two-dimensional convolution (PyTorch's `Conv2d`, a cross-correlation) with a bias.
public final class Conv2D: Layer {
  /// Channels, kernel, stride and padding.
  public let convolution: Convolution
  /// Shape (outputs, inputs, kernel height, kernel width).
  public let weight: Parameter
  /// Shape (outputs).
  public let bias: Parameter
  /// Whether `backward` computes the gradient of the input. The first layer of a network needs none.
  public var needsInputGradient = true

  private let engine: any ConvolutionEngine
  /// What the convolution was applied to: its product with the output's gradient is the weight's.
  private var input: Activations?

  /// A convolution with zero weights, named `name.weight` and `name.bias`.
  public init(_ name: String, _ convolution: Convolution, engine: any ConvolutionEngine) {
    self.convolution = convolution
    self.engine = engine
    weight = Parameter("\(name).weight", shape: convolution.weightShape)
    bias = Parameter("\(name).bias", shape: [convolution.outputChannels])
  }

  public var parameters: [Parameter] { [weight, bias] }

  public func outputShape(for input: Shape) -> Shape { convolution.outputShape(for: input) }

  public func forward(_ input: consuming Activations, mode: Mode) -> Activations {
    let input = input
    var output = Tensor(uninitialized: outputShape(for: input.shape))
    forward(
      input, mode: mode, applyReLU: false, output: &output,
      channels: 0..<convolution.outputChannels)
    return Activations(output)
  }

  public func backward(_ outputGradient: consuming Tensor) -> Tensor {
    let gradient = OutputGradient(outputGradient, channels: 0..<convolution.outputChannels)
    var inputGradient: Tensor?
    backward(gradient, inputGradient: &inputGradient)
    return inputGradient ?? Tensor(uninitialized: Shape(0, 0, 0, 0))
  }

  /// Writes the result into some channels of a wider tensor, with its ReLU where asked for, and adds
  /// them to their moments.
  package func forward(
    _ input: Activations, mode: Mode, applyReLU: Bool, output: inout Tensor, channels: Range<Int>,
    moments: BatchMoments? = nil
  ) {
    self.input = mode.isTraining ? input : nil
    engine.forward(
      convolution, input: input, weight: weight, bias: bias, applyReLU: applyReLU,
      output: &output, channels: channels, moments: moments)
  }

  /// Adds the gradient of the input, where one is needed, to what is there.
  package func backward(_ outputGradient: OutputGradient, inputGradient: inout Tensor?) {
    guard let input else { preconditionFailure("backward follows forward in training mode") }
    self.input = nil
    engine.backward(
      convolution, input: input, weight: weight, bias: bias, outputGradient: outputGradient,
      needsInputGradient: needsInputGradient, inputGradient: &inputGradient)
  }
}
