/// body(x) + x, or body(x) + projection(x) where shapes differ: the paper's simple and complex
/// bypass. Nothing follows the sum.
///
/// Source: K. He et al., "Deep Residual Learning for Image Recognition", 2015, arXiv:1512.03385.
package final class Residual: Layer {
  /// What the input is added to the output of.
  package let body: any Layer
  /// What changes the input's channels before the sum; `nil` where they fit.
  package let projection: (any Layer)?

  /// - Parameters:
  ///   - body: What the input is added to.
  ///   - projection: What brings the input to the body's shape; `nil` where it has it already.
  package init(_ body: any Layer, projection: (any Layer)? = nil) {
    self.body = body
    self.projection = projection
  }

  package var parameters: [Parameter] { body.parameters + (projection?.parameters ?? []) }
  package var buffers: [Buffer] { body.buffers + (projection?.buffers ?? []) }

  package func outputShape(for input: Shape) -> Shape { body.outputShape(for: input) }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    let input = input
    let output = body.forward(input, mode: mode)
    return LazyActivations(output.adding(projection?.forward(input, mode: mode) ?? input))
  }

  package var gradientSums: [any ChannelSums] {
    body.gradientSums + (projection?.gradientSums ?? [])
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    let outputGradient = outputGradient
    let passed = projection?.backward(outputGradient) ?? outputGradient
    return body.backward(outputGradient, epilogue: epilogue.adding(passed))
  }
}
