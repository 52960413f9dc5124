/// The backward pass of a convolution over strips of one shape.
struct BackwardPass {
  /// The padded image in which `run` reads the output's gradient.
  let gradientImage: PaddedImage
  private let inputImage: PaddedImage
  private let addWeightGradient: ImageWeightGradient
  /// `nil` if the input's gradient is not needed.
  private var computeInputGradient: ImageConvolution?

  /// - Parameters:
  ///   - gradient: The convolution with the gradient of its output.
  ///   - input: The shape of a strip of the input.
  ///   - needsInputGradient: Whether the input's gradient is needed.
  ///   - isFirst: Whether the input's gradient is written, rather than added to that of another
  ///     convolution.
  init(
    _ gradient: ConvolutionGradient, input: Shape, needsInputGradient: Bool, isFirst: Bool
  ) {
    let plan = gradient.plan.direct
    let (convolution, algorithm) = (plan.convolution, plan.algorithm)
    let output = convolution.outputShape(for: input)
    inputImage = PaddedImage(input: input, convolution, tile: algorithm.tile)
    gradientImage =
      needsInputGradient || algorithm.tile > 1
      ? PaddedImage(gradient: output, input: input, convolution, tile: algorithm.tile)
      : PaddedImage(output)
    addWeightGradient = algorithm.weightGradient(
      of: inputImage, gradient: gradientImage, output: output)
    guard needsInputGradient else { return }
    computeInputGradient = algorithm.convolution(
      of: gradientImage, stride: 1, weights: plan.backwardWeights(gradient.weight),
      epilogue: isFirst
        ? KernelEpilogue(bias: [Float](repeating: 0, count: convolution.inputChannels)) : .adding,
      output: input)
  }

  /// Computes one strip: adds to the gradients of weight and bias, and writes the input's gradient.
  ///
  /// - Parameters:
  ///   - firstPixel: The strip's first pixel of the input, counted over the whole batch.
  ///   - input: The input of the whole batch.
  ///   - gradient: The output's gradient in `gradientImage`.
  ///   - sums: The sums of the gradients of weight and bias.
  ///   - inputGradient: The first pixel of the strip's input gradient; `nil` if it is not needed.
  func run(
    from firstPixel: Int, _ input: LazyActivations.Reader, gradient: Storage, sums: SumRows,
    inputGradient: UnsafeMutablePointer<Float>?
  ) {
    inputImage.withActivations(from: firstPixel, input) {
      addWeightGradient($0, gradient.pointer, sums)
    }
    guard let inputGradient else { return }
    computeInputGradient?(gradient.pointer, inputGradient, nil)
  }
}
