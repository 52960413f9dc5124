/// The Euclidean norm of the gradients of all parameters, taken as one vector.
package func gradientNorm(of parameters: [Parameter]) -> Double {
  var total = 0.0
  for parameter in parameters {
    var sum = 0.0
    for element in parameter.gradient { sum.addProduct(Double(element), Double(element)) }
    total += sum
  }
  return total.squareRoot()
}

/// Scales the gradients of all parameters so that their norm is at most `limit` (PyTorch's
/// `clip_grad_norm_`).
///
/// As in PyTorch the factor is min(1, limit / (norm + 10⁻⁶)): gradients whose norm is exactly `limit`
/// shrink a little, and a norm of NaN turns every gradient into NaN.
///
/// - Returns: The norm before clipping.
@discardableResult
package func clipGradientNorm(of parameters: [Parameter], to limit: Double) -> Double {
  let norm = gradientNorm(of: parameters)
  let factor = limit / (norm + 1e-6)
  // A factor of NaN fails this test and is applied.
  if factor >= 1 { return norm }
  let scale = Float(factor)
  for parameter in parameters {
    parameter.gradient = parameter.gradient.map { $0 * scale }
  }
  return norm
}
