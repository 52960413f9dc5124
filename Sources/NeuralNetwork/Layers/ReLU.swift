import Support

/// max(x, 0), element by element (PyTorch's `ReLU`).
package final class ReLU: Layer {
  /// The output: a gradient passes where it is above 0.
  private var output: Tensor?

  /// Creates a ReLU for tensors of any shape.
  package init() {}

  package func outputShape(for input: Shape) -> Shape { input }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    var output = input.materialized()
    output.updatePieces { piece in
      for i in piece.indices { piece[i] = Self.apply(piece[i]) }
    }
    self.output = mode.isTraining ? output : nil
    return LazyActivations(output)
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    guard let output else { preconditionFailure("backward follows forward in training mode") }
    self.output = nil
    let gradient = LazyGradient(
      outputGradient, channels: 0..<output.shape.channels, operation: .relu(output))
    return epilogue.apply(to: gradient.materialized())
  }

  package func kind(for input: Shape) -> LayerKind { LayerKind("ReLU") }

  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    LayerMemory(forward: [input.elements], backward: [input.elements, -2 * input.elements])
  }

  /// max(x, 0) that propagates NaN, as PyTorch's does.
  @inline(__always)
  package static func apply(_ x: Float) -> Float { x < 0 ? 0 : x }
}
