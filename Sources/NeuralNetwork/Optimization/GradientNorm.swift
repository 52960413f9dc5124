/// The Euclidean norm of all gradients together.
package func gradientNorm(of parameters: [Parameter]) -> Double {
  var total = 0.0
  for parameter in parameters {
    var sum = 0.0
    for element in parameter.gradient { sum.addProduct(Double(element), Double(element)) }
    total += sum
  }
  return total.squareRoot()
}

/// Scales all gradients so that their norm is at most `limit` (PyTorch's `clip_grad_norm_`).
///
/// As there, the factor is limit / (norm + 10⁻⁶), at most 1, so a norm of exactly `limit` is scaled
/// a little too; a norm that is not a number makes all gradients so.
///
/// - Returns: The norm before clipping.
@discardableResult
package func clipGradientNorm(of parameters: [Parameter], to limit: Double) -> Double {
  let norm = gradientNorm(of: parameters)
  let factor = limit / (norm + 1e-6)
  // Written so that NaN passes.
  if factor >= 1 { return norm }
  let scale = Float(factor)
  for parameter in parameters {
    parameter.gradient = parameter.gradient.map { $0 * scale }
  }
  return norm
}
