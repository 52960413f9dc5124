import CTarget

/// An element-wise backward pass that is affine in the gradient g of an output and in the input x:
///
///     dx = gradientFactor · g + inputFactor · (x − center) + offset
///
/// with factors and an offset for each channel, and g = 0 where a ReLU followed and let nothing pass.
/// Batch norm's backward pass has this form once its sums are known.
package struct AffineGradient: Sendable {
  /// The coefficients of 16 neighboring channels.
  struct Coefficients: Sendable {
    /// The forward pass, which says where the ReLU let the gradient pass.
    let forward: LazyActivations.AffineLanes
    var center = SIMD16<Float>()
    var gradientFactor = SIMD16<Float>()
    var inputFactor = SIMD16<Float>()
    var offset = SIMD16<Float>()

    /// The output's gradient before the ReLU.
    @inline(__always)
    func masked(_ gradient: SIMD16<Float>, at x: SIMD16<Float>) -> SIMD16<Float> {
      masked16(gradient, forward(x))
    }

    /// The input's gradient from the output's, masked where a ReLU followed.
    @inline(__always)
    func inputGradient(_ gradient: SIMD16<Float>, at x: SIMD16<Float>) -> SIMD16<Float> {
      offset.addingProduct(x - center, inputFactor).addingProduct(gradient, gradientFactor)
    }
  }

  /// The input of the forward pass, of the gradient's shape.
  let input: Tensor
  /// One for every 16 channels.
  let coefficients: [Coefficients]
  /// Whether a ReLU followed.
  let appliesReLU: Bool
}
