/// A description of a layer itself, without its children, for summaries and drawings.
package struct LayerKind: Equatable, Sendable {
  /// PyTorch's name for this kind of layer, such as `Conv2d`.
  package let type: String
  /// The name in a list of several layers, such as `norm`.
  package let shortType: String
  /// The text in the layer's box of a drawing.
  package let phrase: String
  /// The window of a convolution or a pool.
  package let window: Window?
  /// How the outputs of the children become one; `nil` for a chain, and for a layer without children.
  package let join: Join?
  /// Products of a weight and an activation; biases and normalization are not counted.
  package let multiplyAdds: Int
  /// Multiply-adds as torchinfo counts them: a convolution's bias is one more weight, and each
  /// parameter of a norm counts once per image.
  package let multiplyAddsWithBias: Int

  /// The pixels that one output pixel sees, a square.
  package struct Window: Equatable, Sendable {
    /// Height and width in pixels.
    package let size: Int
    /// The distance between two neighboring windows in pixels.
    package let stride: Int

    package init(size: Int, stride: Int) {
      self.size = size
      self.stride = stride
    }
  }

  /// How outputs of layers become one tensor. A summary lists this like a layer.
  package enum Join: Equatable, Sendable {
    /// Parallel children write adjacent channels of one tensor.
    case concatenation
    /// The outputs of all children are added; with a single child, its output and the input.
    case addition

    var name: String { self == .concatenation ? "cat" : "add" }
    var kind: LayerKind { LayerKind(self == .concatenation ? "Concatenation" : "Addition") }
  }

  /// A kind; its short name and phrase are its type's unless given.
  package init(
    _ type: String, shortType: String? = nil, phrase: String? = nil, window: Window? = nil,
    join: Join? = nil, multiplyAdds: Int = 0, multiplyAddsWithBias: Int = 0
  ) {
    self.type = type
    self.shortType = shortType ?? type
    self.phrase = phrase ?? type
    self.window = window
    self.join = join
    self.multiplyAdds = multiplyAdds
    self.multiplyAddsWithBias = multiplyAddsWithBias
  }
}
