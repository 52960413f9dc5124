/// A way to compute convolutions: it packs weights and computes the passes over one image.
///
/// The gradient with respect to the input is itself a convolution, of the output's gradient with the
/// kernels turned by half a turn, so `convolution` serves the forward pass and that. Only the choice of
/// the algorithm is dynamic, once per image and pass; nothing inside of its kernels is.
///
/// A new algorithm takes one file and its line in `DirectEngine.algorithms`.
protocol ConvolutionAlgorithm: Sendable {
  /// The algorithm for a convolution; `nil` where it does not apply.
  init?(_ convolution: Convolution)

  /// Height and width in pixels of the outputs that are computed together. Padded images are as large
  /// as whole tiles need.
  var tile: Int { get }

  /// Puts kernels into the order in which `convolution` reads them.
  func pack(_ kernels: KernelWeights) -> PackedWeights

  /// Prepares the convolution of padded images of one size.
  ///
  /// - Parameters:
  ///   - image: The padded images.
  ///   - stride: The distance of neighboring windows in pixels.
  ///   - weights: Packed by this algorithm.
  ///   - epilogue: What is made of the sums.
  ///   - output: The shape of the tensor that is written into: its channels are the distance of two
  ///     pixels, and at least the outputs of the convolution.
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

  /// The rows of sums that `weightGradient` adds to for the weight; one for the bias follows.
  var weightRows: Int { get }

  /// Adds the gradient of the weight, shape (outputs, inputs, kernel height, kernel width), from the
  /// sums over a whole batch.
  func addWeightGradient(_ sums: SumRows, to gradient: UnsafeMutablePointer<Float>)
}

/// Convolves one padded image and writes the outputs from the first pixel's first channel on.
typealias ImageConvolution = (
  _ image: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>
) -> Void

/// Adds the gradients of weight and bias from one padded image and the padded gradient of its output.
typealias ImageWeightGradient = (
  _ image: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, _ sums: SumRows
) -> Void
