import Support

/// max(x, 0), element by element (PyTorch's `ReLU`).
package final class ReLU: Layer {
  /// The activations: a gradient passes where they are above 0.
  private var output: Tensor?

  /// A ReLU for tensors of any shape.
  package init() {}

  package func outputShape(for input: Shape) -> Shape { input }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    var output = input.materialized()
    output.updateRows { row in
      for i in row.indices { row[i] = Self.apply(row[i]) }
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

  /// max(x, 0) that keeps NaN, as PyTorch's does.
  @inline(__always)
  package static func apply(_ x: Float) -> Float { x < 0 ? 0 : x }
}
