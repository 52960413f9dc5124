import NeuralNetwork

/// Convolution, batch norm where there is one, ReLU: the brick of the network.
public final class ConvolutionBlock: Layer {
  public let conv2d: Conv2D
  public let norm: BatchNorm?
  public let hasReLU: Bool
  /// The activations, kept without a norm: a gradient passes the ReLU where they are above 0.
  private var output: Tensor?
  /// What `convolve` has summed up for `finish`.
  private var moments: BatchMoments?

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

  public func forward(_ input: consuming Activations, mode: Mode) -> Activations {
    let input = input
    var output = Tensor(uninitialized: outputShape(for: input.shape))
    let channels = 0..<output.shape.channels
    convolve(input, mode: mode, output: &output, channels: channels)
    guard let affine = finish(output, channels: channels, mode: mode) else {
      return Activations(output)
    }
    return Activations(output, affine: affine, appliesReLU: hasReLU)
  }

  public func backward(_ outputGradient: consuming Tensor) -> Tensor {
    let gradient = outputGradient
    var inputGradient: Tensor?
    backward(gradient, channels: 0..<gradient.shape.channels, inputGradient: &inputGradient)
    return inputGradient ?? Tensor(uninitialized: Shape(0, 0, 0, 0))
  }

  /// Writes the convolution, with its ReLU where no norm comes between, into some channels of a
  /// tensor, which `finish` is then given.
  func convolve(_ input: Activations, mode: Mode, output: inout Tensor, channels: Range<Int>) {
    moments = norm?.moments(over: output.shape, mode: mode)
    conv2d.forward(
      input, mode: mode, applyReLU: norm == nil && hasReLU, output: &output, channels: channels,
      moments: moments)
  }

  /// What is left to do to some channels of a tensor that `convolve` wrote into, before the ReLU;
  /// `nil` without a norm.
  ///
  /// The tensor is kept for the backward pass, so nothing may be written into it any more.
  func finish(_ output: Tensor, channels: Range<Int>, mode: Mode) -> Activations.Affine? {
    self.output = mode.isTraining && norm == nil && hasReLU ? output : nil
    defer { moments = nil }
    return norm?.normalize(
      output, channels: channels, mode: mode, appliesReLU: hasReLU, moments: moments)
  }

  /// Adds the gradient of the input, from some channels of a wider gradient, to what is there.
  func backward(_ gradient: Tensor, channels: Range<Int>, inputGradient: inout Tensor?) {
    let operation: OutputGradient.Operation
    if let norm {
      operation = .batchNorm(norm.inputGradient(of: gradient))
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
