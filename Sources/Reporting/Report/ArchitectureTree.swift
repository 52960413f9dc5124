import NeuralNetwork
import Support

extension ArchitectureSummary {
  /// The summary for a terminal: a tree of the network's modules with totals and sizes.
  package var text: String {
    let columns = ["layer", "type", "kernel", "output", "parameters", "multiply-adds"]
    let rows = [["input", "", "", Self.text(input), "", ""]] + network.children.flatMap(rows)
    let totals = [
      "total", "", "", "", Rounding.count(network.parameters), Rounding.count(network.multiplyAdds),
    ]
    let widths = columns.indices.map { column in
      ([columns, totals] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ fields: [String]) -> String {
      let text = fields.enumerated().map { column, field in
        let padding = String(repeating: " ", count: widths[column] - field.count)
        return column < 3 ? field + padding : padding + field
      }.joined(separator: "  ")
      return text.lastIndex { $0 != " " }.map { text[...$0] + "\n" } ?? "\n"
    }
    let rule = String(repeating: "─", count: widths.reduce(0, +) + 2 * (widths.count - 1)) + "\n"
    return line(columns) + rule + rows.map(line).joined() + rule + line(totals) + "\n" + sizes
  }

  /// The network's memory in single precision for one image, and how multiply-adds are counted.
  private var sizes: String {
    // As in torchinfo, only the outputs of layers with parameters; all others could be computed in
    // place.
    let activations = network.leaves.filter { $0.parameters > 0 }
      .reduce(0) { $0 + $1.outputShape.elements }
    func line(_ name: String, _ numbers: Int, _ note: String = "") -> String {
      let megabytes = Self.megabytes(numbers)
      return name + String(repeating: " ", count: 13 - name.count)
        + String(repeating: " ", count: max(0, 8 - megabytes.count)) + megabytes + " MB"
        + (note.isEmpty ? "" : "  \(note)") + "\n"
    }
    let total = input.elements + activations + network.parameters
    return line("input", input.elements, "one image, 32-bit numbers")
      + line("activations", activations, "outputs of convolutions and norms, forward")
      + line("parameters", network.parameters)
      + line(
        "total", total,
        "with the gradients of activations \(Self.megabytes(total + activations)) MB")
      + "\nmultiply-adds count the products with a weight for one image;\n"
      + "with biases and norms, as torchinfo counts: \(Rounding.count(network.multiplyAddsWithBias))\n"
  }

  /// The size of 32-bit numbers in 10⁶ bytes.
  private static func megabytes(_ numbers: Int) -> String {
    decimals(Double(4 * numbers) / 1e6, 2)
  }

  /// A part of the network: one row, or where it joins the outputs of others, a row with its totals
  /// above one row for each of these.
  private func rows(_ stage: LayerDescription) -> [[String]] {
    let row = row(stage, name: stage.path.last ?? "")
    guard stage.kind.join != nil else { return [row] }
    let parts = stage.parts
    return [row]
      + parts.enumerated().map { index, part in
        self.row(part, name: (index == parts.count - 1 ? "└─ " : "├─ ") + (part.path.last ?? ""))
      }
  }

  /// One row; a convolution stands in it with the norm and the activation that follow.
  private func row(_ layer: LayerDescription, name: String) -> [String] {
    let isChain = layer.kind.join == nil
    let window = isChain ? layer.leaves.compactMap(\.kind.window).first : nil
    return [
      name,
      isChain ? layer.leaves.map(\.kind.shortType).joined(separator: ", ") : layer.kind.type,
      window.map { "\($0.size)×\($0.size)" + ($0.stride > 1 ? " / \($0.stride)" : "") } ?? "",
      Self.text(layer.outputShape),
      layer.parameters > 0 ? Rounding.count(layer.parameters) : "",
      layer.multiplyAdds > 0 ? Rounding.count(layer.multiplyAdds) : "",
    ]
  }
}

extension LayerDescription {
  /// The children, and in place of one without a name of its own, its children.
  fileprivate var parts: [LayerDescription] {
    children.flatMap { child in
      child.path == path && !child.children.isEmpty ? child.parts : [child]
    }
  }
}
