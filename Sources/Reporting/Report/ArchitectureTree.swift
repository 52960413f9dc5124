import Models
import Support

extension ArchitectureSummary {
  /// For a terminal: a tree of the network's modules with totals and sizes.
  package var text: String {
    let columns = ["layer", "type", "kernel", "output", "parameters", "multiply-adds"]
    let rows = [["input", "", "", Self.text(input), "", ""]] + stages.flatMap(\.rows)
    let totals = ["total", "", "", "", Rounding.count(parameters), Rounding.count(multiplyAdds)]
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

  /// What the network takes in single precision for one image, and how multiply-adds are counted.
  private var sizes: String {
    // As torchinfo does, the outputs of layers with parameters; all others could be made in place.
    let activations = layers.filter { $0.parameters > 0 }.reduce(0) { $0 + $1.outputShape.elements }
    func line(_ name: String, _ numbers: Int, _ note: String = "") -> String {
      let megabytes = Self.megabytes(numbers)
      return name + String(repeating: " ", count: 13 - name.count)
        + String(repeating: " ", count: max(0, 8 - megabytes.count)) + megabytes + " MB"
        + (note.isEmpty ? "" : "  \(note)") + "\n"
    }
    let total = input.elements + activations + parameters
    return line("input", input.elements, "one image, 32-bit numbers")
      + line("activations", activations, "outputs of convolutions and norms, forward")
      + line("parameters", parameters)
      + line(
        "total", total,
        "with the gradients of activations \(Self.megabytes(total + activations)) MB")
      + "\nmultiply-adds count the products with a weight for one image;\n"
      + "with biases and norms, as torchinfo counts: \(Rounding.count(multiplyAddsWithBias))\n"
  }

  /// The size of some 32-bit numbers in 10⁶ bytes.
  private static func megabytes(_ numbers: Int) -> String {
    decimals(Double(4 * numbers) / 1e6, 2)
  }

  /// The network's parts from top to bottom.
  private var stages: [Stage] {
    var stages: [Stage] = []
    for layer in layers {
      var path = layer.name.split(separator: ".").map(String.init)
      // What belongs to one convolution stands in one line with it.
      if ["conv2d", "norm", "relu"].contains(path[path.count - 1]), path.count > 1 {
        path.removeLast()
      }
      if stages.last?.name != path[0] { stages.append(Stage(name: path[0])) }
      let part = path.dropFirst().joined(separator: ".")
      if stages[stages.count - 1].parts.last?.name != part {
        stages[stages.count - 1].parts.append(Part(name: part))
      }
      let last = stages[stages.count - 1].parts.count - 1
      stages[stages.count - 1].parts[last].layers.append(layer)
    }
    return stages
  }
}

/// A part of the network with a name of its own, `fire2`.
private struct Stage {
  var name: String
  var parts: [Part] = []

  var rows: [[String]] {
    // A stage that is one convolution or a layer without parts.
    if parts.count == 1, parts[0].name.isEmpty { return [parts[0].row(name)] }
    let layers = parts.flatMap(\.layers)
    let isResidual = parts.last?.name == "add"
    let head = Part(name: "", layers: layers).row(name, type: isResidual ? "Fire, bypass" : "Fire")
    return [head]
      + parts.enumerated().map { index, part in
        part.row((index == parts.count - 1 ? "└─ " : "├─ ") + part.name)
      }
  }
}

/// A convolution with what follows it, or another layer.
private struct Part {
  /// Its name within its stage, empty for a stage without parts.
  var name: String
  var layers: [LayerDescription] = []

  func row(_ name: String, type: String? = nil) -> [String] {
    let parameters = layers.reduce(0) { $0 + $1.parameters }
    let multiplyAdds = layers.reduce(0) { $0 + $1.multiplyAdds }
    let types = layers.map { $0.type == "BatchNorm2d" ? "norm" : $0.type }
    let window = type == nil ? layers.compactMap(\.window).first : nil
    return [
      name, type ?? types.joined(separator: ", "),
      window.map { "\($0.size)×\($0.size)" + ($0.stride > 1 ? " / \($0.stride)" : "") } ?? "",
      layers.last.map { ArchitectureSummary.text($0.outputShape) } ?? "",
      parameters > 0 ? Rounding.count(parameters) : "",
      multiplyAdds > 0 ? Rounding.count(multiplyAdds) : "",
    ]
  }
}
