/// The weight and bias of a convolution as a forward pass reads them: those of its layer, or with the
/// batch norm after it folded in.
///
/// In evaluation batch norm is a known affine map for each output, y ↦ scale · y + shift, so that
///
///     scale · (weight ⋆ x + bias) + shift = (scale · weight) ⋆ x + (scale · bias + shift)
///
/// is a convolution: an evaluation with batch norm costs what one without costs.
final class ConvolutionWeights: Sendable {
  /// The version of `weight`.
  let version: Version
  /// Shape (outputs).
  let bias: [Float]
  private let unscaled: [Float]
  /// A factor for each output; `nil` for none.
  private let scale: [Double]?

  /// The weights of a layer.
  init(weight: Parameter, bias: Parameter) {
    (version, unscaled, scale) = (weight.version, weight.value, nil)
    self.bias = bias.value
  }

  /// The weights of a layer with a norm folded in, under a new version. Products and sums are rounded
  /// once.
  init(weight: Parameter, bias: Parameter, norm: BatchNorm) {
    let (scale, shift) = norm.evaluationMap
    (version, unscaled, self.scale) = (Version(), weight.value, scale)
    self.bias = scale.indices.map {
      Float(shift[$0].addingProduct(Double(bias.value[$0]), scale[$0]))
    }
  }

  /// Shape (outputs, inputs, kernel height, kernel width). A folded weight is computed at every call,
  /// because an engine that keeps it in an order of its own need not keep it twice.
  var weight: [Float] {
    guard let scale else { return unscaled }
    let size = unscaled.count / scale.count
    return [Float](unsafeUninitializedCapacity: unscaled.count) { weight, count in
      for (output, scale) in scale.enumerated() {
        for i in output * size..<(output + 1) * size {
          weight[i] = Float(Double(unscaled[i]) * scale)
        }
      }
      count = unscaled.count
    }
  }
}
