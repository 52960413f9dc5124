/// The forward pass of a convolution over strips of one shape.
struct ForwardPass {
  private let image: PaddedImage
  private let convolve: ImageConvolution
  private let firstChannel: Int

  init(_ output: ConvolutionOutput, input: Shape, outputChannels: Int) {
    let plan = output.plan.direct
    image = PaddedImage(input: input, plan.convolution, tile: plan.algorithm.tile)
    var shape = plan.convolution.outputShape(for: input)
    shape.channels = outputChannels
    convolve = plan.algorithm.convolution(
      of: image, stride: plan.convolution.stride, weights: plan.forwardWeights(output.weights),
      epilogue: KernelEpilogue(bias: output.weights.bias, appliesReLU: output.appliesReLU),
      output: shape)
    firstChannel = output.channels.lowerBound
  }

  /// Computes one strip.
  ///
  /// - Parameters:
  ///   - firstPixel: The strip's first pixel, counted over the whole batch.
  ///   - input: The input of the whole batch.
  ///   - output: The first pixel of the strip's output.
  ///   - moments: Sums that the outputs are added to; `nil` for none.
  func run(
    from firstPixel: Int, _ input: LazyActivations.Reader, output: UnsafeMutablePointer<Float>,
    moments: MomentSums?
  ) {
    image.withActivations(from: firstPixel, input) {
      convolve($0, output + firstChannel, moments)
    }
  }
}
