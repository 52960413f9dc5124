import NeuralNetwork

/// A fire module: a 1×1 convolution that squeezes the channels, then a 1×1 and a 3×3 convolution in
/// parallel that expand them. The output holds the channels of expand1x1, then those of expand3x3.
///
/// Source: F. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
/// <0.5MB model size", 2016, arXiv:1602.07360, section 3.2.
package final class Fire: Layer {
  package let squeeze: ConvolutionBlock
  package let expand1x1: ConvolutionBlock
  package let expand3x3: ConvolutionBlock
  private let expand: Int

  /// Creates a fire module with zero weights.
  ///
  /// - Parameters:
  ///   - name: The prefix of its names in the network's state, `fire2`.
  ///   - inputs: The channels of the input.
  ///   - squeeze: The channels in the middle.
  ///   - expand: The output channels of each of the two expanding convolutions.
  ///   - normalization: The normalization after each convolution.
  ///   - engine: The engine that computes the convolutions.
  package init(
    _ name: String, inputs: Int, squeeze: Int, expand: Int, normalization: Normalization,
    engine: any ConvolutionEngine
  ) {
    func block(_ part: String, _ convolution: Convolution) -> ConvolutionBlock {
      ConvolutionBlock(
        "\(name).\(part)", convolution, normalization: normalization, engine: engine)
    }
    self.expand = expand
    self.squeeze = block(
      "squeeze", Convolution(inputChannels: inputs, outputChannels: squeeze, kernelSize: 1))
    expand1x1 = block(
      "expand1x1", Convolution(inputChannels: squeeze, outputChannels: expand, kernelSize: 1))
    expand3x3 = block(
      "expand3x3",
      Convolution(inputChannels: squeeze, outputChannels: expand, kernelSize: 3, padding: 1))
  }

  package var children: [NamedLayer] {
    [
      NamedLayer("squeeze", squeeze), NamedLayer("expand1x1", expand1x1),
      NamedLayer("expand3x3", expand3x3),
    ]
  }

  package func childInputs(for input: Shape) -> [Shape] {
    let squeezed = squeeze.outputShape(for: input)
    return [input, squeezed, squeezed]
  }

  package func kind(for input: Shape) -> LayerKind { LayerKind("Fire", join: .concatenation) }

  package var gradientSums: [any ChannelSums] {
    expand1x1.gradientSums + expand3x3.gradientSums
  }

  package func outputShape(for input: Shape) -> Shape {
    Shape(input.count, input.height, input.width, 2 * expand)
  }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    let squeezed = squeeze.forward(input, mode: mode)
    var output = Tensor(uninitialized: outputShape(for: squeezed.shape))
    let (ones, threes) = (0..<expand, expand..<2 * expand)
    Conv2D.forward(
      [
        expand1x1.convolutionOutput(over: output.shape, channels: ones, mode: mode),
        expand3x3.convolutionOutput(over: output.shape, channels: threes, mode: mode),
      ], squeezed, mode: mode, output: &output)
    let affine1x1 = expand1x1.finish(output, channels: ones, mode: mode)
    let affine3x3 = expand3x3.finish(output, channels: threes, mode: mode)
    guard let affine1x1, let affine3x3 else { return LazyActivations(output) }
    return LazyActivations(output, affine: affine1x1 + affine3x3, appliesReLU: true)
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    let gradient = outputGradient
    let (ones, threes) = (0..<expand, expand..<2 * expand)
    let squeezed = Conv2D.backward(
      [
        expand1x1.convolutionGradient(gradient, channels: ones),
        expand3x3.convolutionGradient(gradient, channels: threes),
      ], epilogue: Epilogue(sums: squeeze.gradientSums))
    return squeeze.backward(squeezed, epilogue: epilogue)
  }

  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    let squeezedShape = squeeze.outputShape(for: input)
    let (squeezed, output) = (squeezedShape.elements, outputShape(for: input).elements)
    let expandSums = Conv2D.backwardMemory(
      [expand1x1.conv2d, expand3x3.conv2d], squeezedShape, threads: threads)
    let squeezeSums = Conv2D.backwardMemory([squeeze.conv2d], input, threads: threads)
    return LayerMemory(
      forward: [squeezed, output],
      backward: [squeezed] + expandSums + [-output] + squeezeSums
        + [input.elements, -(2 * squeezed + output)])
  }
}
