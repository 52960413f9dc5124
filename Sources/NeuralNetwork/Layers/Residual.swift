/// body(x) + x, or body(x) + projection(x) where the shapes differ: the paper's simple and complex
/// bypass. No activation follows the sum.
///
/// Source: K. He et al., "Deep Residual Learning for Image Recognition", 2015, arXiv:1512.03385.
package final class Residual: Layer {
  private let body: any Layer
  private let projection: (any Layer)?

  /// Creates a bypass around a layer.
  ///
  /// - Parameters:
  ///   - body: The layer whose output the input is added to.
  ///   - projection: The layer that brings the input to the shape of the body's output; `nil` if the
  ///     input has that shape.
  package init(_ body: any Layer, projection: (any Layer)? = nil) {
    self.body = body
    self.projection = projection
  }

  package var children: [NamedLayer] {
    [NamedLayer(nil, body)] + (projection.map { [NamedLayer("bypass", $0)] } ?? [])
  }

  package func childInputs(for input: Shape) -> [Shape] { children.map { _ in input } }

  package func kind(for input: Shape) -> LayerKind {
    let body = body.kind(for: input)
    return LayerKind("\(body.type), bypass", phrase: body.phrase, join: .addition)
  }

  package func outputShape(for input: Shape) -> Shape { body.outputShape(for: input) }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    let input = input
    let output = body.forward(input, mode: mode)
    return output.adding(projection?.forward(input, mode: mode) ?? input)
  }

  package var gradientSums: [any ChannelSums] {
    body.gradientSums + (projection?.gradientSums ?? [])
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    let outputGradient = outputGradient
    let bypassed = projection?.backward(outputGradient) ?? outputGradient
    return body.backward(outputGradient, epilogue: epilogue.adding(bypassed))
  }

  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    let output = outputShape(for: input).elements
    let body = body.memory(for: input, threads: threads)
    let projection = projection?.memory(for: input, threads: threads)
    // The next layer was the last one to read the sum; the sum's gradient is needed to the end, so
    // that each branch starts with its own output and gradient.
    let bypass = projection.map { [output] + $0.backward } ?? []
    let bypassGradient = projection == nil ? 0 : input.elements
    return LayerMemory(
      forward: body.forward + (projection?.forward ?? []) + [output],
      backward: [-output] + bypass + [output] + body.backward + [-(output + bypassGradient)])
  }
}
