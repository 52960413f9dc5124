/// A part of a network.
///
/// `forward` in training mode keeps what `backward` needs; `backward` uses it up.
package protocol Layer: AnyObject {
  /// Takes activations of shape (N, H, W, C) to activations of shape `outputShape(for:)`.
  func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations

  /// Takes the loss's gradient of what `forward` returned to the gradient of what it was given, with
  /// what follows that, and adds to the gradients of its parameters.
  func backward(_ outputGradient: consuming Tensor, epilogue: Epilogue) -> Tensor

  /// Sums over the output's gradient that `backward` needs, to be taken while the gradient is written.
  var gradientSums: [any ChannelSums] { get }

  /// The shape that `forward` returns for an input of a shape.
  func outputShape(for input: Shape) -> Shape

  /// What training changes.
  var parameters: [Parameter] { get }

  /// What is kept with the parameters but not trained.
  var buffers: [Buffer] { get }
}

extension Layer {
  /// Takes a tensor to a tensor.
  package func forward(_ input: consuming Tensor, mode: Mode) -> Tensor {
    forward(LazyActivations(input), mode: mode).materialized()
  }

  /// `backward` with nothing that follows.
  @discardableResult
  package func backward(_ outputGradient: consuming Tensor) -> Tensor {
    backward(outputGradient, epilogue: Epilogue())
  }

  package var gradientSums: [any ChannelSums] { [] }
  package var parameters: [Parameter] { [] }
  package var buffers: [Buffer] { [] }
}
