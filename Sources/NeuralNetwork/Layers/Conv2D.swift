/// A two-dimensional convolution (PyTorch's `Conv2d`, a cross-correlation) with a bias.
package final class Conv2D: Layer {
  /// Shape (outputs, inputs, kernel height, kernel width).
  package let weight: Parameter
  /// Shape (outputs).
  package let bias: Parameter
  /// Whether `backward` computes the input's gradient. The first layer of a network needs none.
  package var needsInputGradient = true

  private let engine: any ConvolutionEngine
  private var plan: any ConvolutionPlan
  /// The weights with a norm folded in.
  private var folded = VersionedCache<ConvolutionWeights>()
  /// The input of `forward`, for the gradient of the weight.
  private var input: LazyActivations?

  /// A convolution with zero weights, named `name.weight` and `name.bias`.
  package init(_ name: String, _ convolution: Convolution, engine: any ConvolutionEngine) {
    self.engine = engine
    plan = engine.plan(for: convolution)
    weight = Parameter("\(name).weight", shape: convolution.weightShape)
    bias = Parameter("\(name).bias", shape: [convolution.outputChannels])
    weight.gradientOrder = plan.gradientOrder
  }

  /// Channels, kernel, stride and padding.
  package var convolution: Convolution { plan.convolution }

  package var parameters: [Parameter] { [weight, bias] }

  package func outputShape(for input: Shape) -> Shape { convolution.outputShape(for: input) }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    let input = input
    var output = Tensor(uninitialized: outputShape(for: input.shape))
    let channels = 0..<convolution.outputChannels
    Self.forward([(self, self.output(in: channels))], input, mode: mode, output: &output)
    return LazyActivations(output)
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    let gradient = LazyGradient(outputGradient, channels: 0..<convolution.outputChannels)
    return Self.backward([(self, gradient)], epilogue: epilogue)
  }

  package func kind(for input: Shape) -> LayerKind {
    let (size, stride) = (convolution.kernelSize, convolution.stride)
    let outputs = outputShape(for: input).elements
    return LayerKind(
      "Conv2d",
      phrase: "\(size)×\(size)\(stride > 1 ? ", stride \(stride)" : ""): "
        + "\(convolution.outputChannels)",
      window: .init(size: size, stride: stride),
      multiplyAdds: convolution.fanIn * outputs,
      multiplyAddsWithBias: (convolution.fanIn + 1) * outputs)
  }

  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    let output = outputShape(for: input).elements
    return LayerMemory(
      forward: [output],
      backward: Self.backwardMemory([self], input, threads: threads)
        + [needsInputGradient ? input.elements : 0, -2 * output])
  }

  /// Counts the memory for the gradients of weights and biases in the backward pass of convolutions
  /// that read the same input, in the form of `LayerMemory`.
  package static func backwardMemory(
    _ layers: [Conv2D], _ input: Shape, threads: Int
  ) -> [Int] {
    guard let engine = layers.first?.engine else { return [] }
    let memory = engine.backwardMemory(layers.map(\.convolution), input: input, threads: threads)
    return [memory.kept + memory.passing, -memory.passing]
  }

  /// The result in some channels of a wider tensor, followed by a ReLU if `appliesReLU`; `moments` are
  /// summed while it is written. A norm before the ReLU, as it is in evaluation, is folded into the weights.
  package func output(
    in channels: Range<Int>, folding norm: BatchNorm? = nil, appliesReLU: Bool = false,
    moments: BatchMoments? = nil
  ) -> ConvolutionOutput {
    ConvolutionOutput(
      plan: plan, weights: norm.map(weights) ?? ConvolutionWeights(weight: weight, bias: bias),
      appliesReLU: appliesReLU, channels: channels, moments: moments)
  }

  private func weights(folding norm: BatchNorm) -> ConvolutionWeights {
    let versions = [
      weight.version, bias.version, norm.weight.version, norm.bias.version,
      norm.runningMean.version, norm.runningVariance.version,
    ]
    return folded.value(for: versions) {
      ConvolutionWeights(weight: weight, bias: bias, norm: norm)
    }
  }

  /// The forward pass of convolutions that read the same input and write into one tensor.
  package static func forward(
    _ outputs: [(layer: Conv2D, output: ConvolutionOutput)], _ input: LazyActivations, mode: Mode,
    output: inout Tensor
  ) {
    for (layer, _) in outputs { layer.input = mode.isTraining ? input : nil }
    outputs.first?.layer.engine.forward(outputs.map(\.output), input: input, output: &output)
  }

  /// The backward pass of convolutions that read the same input, given the gradients of their outputs.
  ///
  /// - Returns: The gradient with respect to the input; an empty tensor if it is not needed.
  package static func backward(
    _ gradients: [(layer: Conv2D, output: LazyGradient)], epilogue: Epilogue
  ) -> Tensor {
    guard let first = gradients.first?.layer, let input = first.input else {
      preconditionFailure("backward follows forward in training mode")
    }
    for gradient in gradients { gradient.layer.input = nil }
    let inputGradient = first.engine.backward(
      gradients.map {
        ConvolutionGradient(plan: $0.plan, weight: $0.weight, bias: $0.bias, output: $1)
      }, input: input, needsInputGradient: first.needsInputGradient, epilogue: epilogue)
    return inputGradient ?? Tensor(uninitialized: Shape(0, 0, 0, 0))
  }

  /// Shares the plan of another layer, so that weights that both share are folded and packed only once.
  package func sharePlan(of original: Conv2D) {
    precondition(convolution == original.convolution, "plans of one convolution")
    (plan, folded) = (original.plan, original.folded)
  }
}
