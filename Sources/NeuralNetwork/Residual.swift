/// body(x) + x, or body(x) + projection(x) where shapes differ: the paper's simple and complex
/// bypass. Nothing follows the sum.
///
/// Source: K. He et al., "Deep Residual Learning for Image Recognition", 2015, arXiv:1512.03385.
public final class Residual: Layer {
  /// What the input is added to the output of.
  public let body: any Layer
  /// What changes the input's channels before the sum; `nil` where they fit.
  public let projection: (any Layer)?

  /// - Parameters:
  ///   - body: What the input is added to.
  ///   - projection: What brings the input to the body's shape; `nil` where it has it already.
  public init(_ body: any Layer, projection: (any Layer)? = nil) {
    self.body = body
    self.projection = projection
  }

  public var parameters: [Parameter] { body.parameters + (projection?.parameters ?? []) }
  public var buffers: [Buffer] { body.buffers + (projection?.buffers ?? []) }

  public func outputShape(for input: Shape) -> Shape { body.outputShape(for: input) }

  public func forward(_ input: consuming Activations, mode: Mode) -> Activations {
    let input = input
    let output = body.forward(input, mode: mode)
    return Activations(output.adding(projection?.forward(input, mode: mode) ?? input))
  }

  public var gradientSums: [BatchNorm.GradientSums] {
    body.gradientSums + (projection?.gradientSums ?? [])
  }

  public func backward(
    _ outputGradient: consuming Tensor, followUp: GradientFollowUp
  ) -> Tensor {
    let outputGradient = outputGradient
    let passed = projection?.backward(outputGradient) ?? outputGradient
    return body.backward(outputGradient, followUp: followUp.adding(passed))
  }
}
