/// A layer and the layers that it is made of, described for one image: the tree that summaries and
/// drawings of a network are made from.
package struct LayerDescription: Equatable, Sendable {
  /// The names of the enclosing layers, then its own: `fire2`, `squeeze`, `conv2d`.
  package let path: [String]
  package let kind: LayerKind
  package let outputShape: Shape
  /// The number of trained values, including the children's.
  package let parameters: Int
  /// The children in the order of their computation, followed by the join of their outputs, if any.
  package let children: [LayerDescription]

  /// The name in the network's state, `fire2.squeeze.conv2d`.
  package var name: String { path.joined(separator: ".") }

  /// The layers of the tree without children, in the order of their computation.
  package var leaves: [LayerDescription] {
    children.isEmpty ? [self] : children.flatMap(\.leaves)
  }

  /// See `LayerKind`; includes the children's.
  package var multiplyAdds: Int { kind.multiplyAdds + children.reduce(0) { $0 + $1.multiplyAdds } }

  /// See `LayerKind`; includes the children's.
  package var multiplyAddsWithBias: Int {
    kind.multiplyAddsWithBias + children.reduce(0) { $0 + $1.multiplyAddsWithBias }
  }
}

extension Layer {
  /// Describes this layer as a network that reads one image, `imageSize` pixels high and wide.
  package func architecture(imageSize: Int) -> LayerDescription {
    description(for: Shape(1, imageSize, imageSize, 3), path: [])
  }

  private func description(for input: Shape, path: [String]) -> LayerDescription {
    let kind = kind(for: input)
    let output = outputShape(for: input)
    var parts = zip(children, childInputs(for: input)).map { child, input in
      child.layer.description(for: input, path: path + (child.name.map { [$0] } ?? []))
    }
    if let join = kind.join {
      parts.append(
        LayerDescription(
          path: path + [join.name], kind: join.kind, outputShape: output, parameters: 0,
          children: []))
    }
    return LayerDescription(
      path: path, kind: kind, outputShape: output,
      parameters: parameters.reduce(0) { $0 + $1.value.count }, children: parts)
  }
}
