/// A part of a network, from a single pool to the whole of it.
///
/// In training mode `forward` keeps what `backward` needs, and `backward` releases it. Beside the two,
/// a layer states its children, its kind and its memory; summaries, drawings and memory estimates are
/// made from these alone, so that a new kind of layer is one new file.
///
/// `forward` and `backward` consume their arguments, so that the memory of activations and gradients
/// is free as soon as they have been read for the last time. The compiler lets a consumed argument be
/// used only once and not in a closure; where that is not enough, `let input = input` moves it to an
/// ordinary constant, which is still released after its last use.
package protocol Layer: AnyObject {
  /// Computes the output, of shape `outputShape(for:)`, from an input of shape (N, H, W, C).
  func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations

  /// Computes the gradient with respect to the input from the gradient with respect to the output;
  /// accumulates the parameters' gradients.
  ///
  /// - Parameters:
  ///   - outputGradient: The gradient of the loss with respect to the output of `forward`.
  ///   - epilogue: Applied to the input's gradient while it is written.
  /// - Returns: The input's gradient after the epilogue.
  func backward(_ outputGradient: consuming Tensor, epilogue: Epilogue) -> Tensor

  /// Sums over the output's gradient that `backward` needs. The layer that writes this gradient may
  /// add to them while it does so.
  var gradientSums: [any ChannelSums] { get }

  /// The shape of the output for an input of a given shape.
  func outputShape(for input: Shape) -> Shape

  /// The layers that this one is made of, in the order of the network's state; empty by default.
  var children: [NamedLayer] { get }

  /// The shape that each child reads where this layer reads `input`. Children form a chain unless a
  /// layer says otherwise.
  func childInputs(for input: Shape) -> [Shape]

  /// The trained parameters; by default the children's.
  var parameters: [Parameter] { get }

  /// The state that is saved with the parameters but not trained; by default the children's.
  var buffers: [Buffer] { get }

  /// Describes this layer for summaries and drawings, for an input of a given shape.
  func kind(for input: Shape) -> LayerKind

  /// Counts the memory that the passes of a training step allocate and free.
  ///
  /// - Parameters:
  ///   - input: The shape of the input.
  ///   - threads: The number of threads that work on a layer at once.
  /// - Returns: The changes of both passes.
  func memory(for input: Shape, threads: Int) -> LayerMemory
}

/// A child of a layer with its name.
package struct NamedLayer {
  /// The name, such as `squeeze`; `nil` for a layer that has its parent's name.
  package let name: String?
  package let layer: any Layer

  /// Names a layer.
  package init(_ name: String?, _ layer: any Layer) {
    self.name = name
    self.layer = layer
  }
}

extension Layer {
  /// Computes the output as a tensor from an input that is one.
  package func forward(_ input: consuming Tensor, mode: Mode) -> Tensor {
    forward(LazyActivations(input), mode: mode).materialized()
  }

  /// Computes the gradient with respect to the input, without an epilogue.
  @discardableResult
  package func backward(_ outputGradient: consuming Tensor) -> Tensor {
    backward(outputGradient, epilogue: Epilogue())
  }

  package var gradientSums: [any ChannelSums] { [] }
  package var children: [NamedLayer] { [] }
  package var parameters: [Parameter] { children.flatMap(\.layer.parameters) }
  package var buffers: [Buffer] { children.flatMap(\.layer.buffers) }

  package func childInputs(for input: Shape) -> [Shape] {
    var next = input
    return children.map { child in
      defer { next = child.layer.outputShape(for: next) }
      return next
    }
  }
}
