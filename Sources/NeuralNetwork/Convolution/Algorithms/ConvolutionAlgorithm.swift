/// A way to compute convolutions: packs weights and computes the passes over one image.
///
/// The gradient with respect to the input is itself a convolution, of the output's gradient with the
/// kernels rotated by 180°, so `convolution` serves both. Calls are dispatched dynamically once per
/// image and pass, and never inside a kernel.
///
/// To add an algorithm, write one file and list it in `DirectEngine.algorithms`.
protocol ConvolutionAlgorithm: Sendable {
  /// The algorithm for a convolution; `nil` where it does not apply.
  init?(_ convolution: Convolution)

  /// The height and width, in pixels, of the outputs that are computed together. Padded images are large
  /// enough for whole tiles.
  var tile: Int { get }

  /// Puts kernels into the order in which `convolution` reads them.
  func pack(_ kernels: KernelWeights) -> PackedWeights

  /// Prepares the convolution of padded images of one size.
  ///
  /// - Parameters:
  ///   - image: The padded images.
  ///   - stride: The stride between windows, in pixels.
  ///   - weights: Packed by this algorithm.
  ///   - epilogue: The start of the sums and the operation applied to the results.
  ///   - output: The shape of the tensor that is written into: its channels are the stride
  ///     between pixels, and at least as many as the outputs of the convolution.
  /// - Returns: The convolution of one image.
  func convolution(
    of image: PaddedImage, stride: Int, weights: PackedWeights, epilogue: KernelEpilogue,
    output: Shape
  ) -> ImageConvolution

  /// Prepares the gradient of the weight from padded images of one size.
  ///
  /// - Parameters:
  ///   - input: The padded images.
  ///   - gradient: The padded gradients with respect to the output.
  ///   - output: The shape of the output.
  /// - Returns: The gradient from one image.
  func weightGradient(
    of input: PaddedImage, gradient: PaddedImage, output: Shape
  ) -> ImageWeightGradient

  /// The number of rows in which `weightGradient` sums the gradient of the weight. One more row holds
  /// the gradient of the bias.
  var weightRows: Int { get }

  /// Writes the gradient of the weight, in `Convolution.gradientOrder`, from the sums over a block.
  func writeWeightGradient(_ sums: SumRows, to gradient: UnsafeMutablePointer<Float>)
}

/// Convolves one padded image and writes the outputs from the first pixel's first channel on. If there
/// are `moments`, the outputs are added to them and written past the caches.
typealias ImageConvolution = (
  _ image: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ moments: MomentSums?
) -> Void

/// Adds the gradients of weight and bias from one padded image and the padded gradient of its output.
typealias ImageWeightGradient = (
  _ image: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ sums: SumRows
) -> Void
