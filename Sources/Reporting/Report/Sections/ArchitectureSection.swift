import Support

extension Report {
  /// The network as a drawing and as a table with totals, then beside the networks it comes from.
  func architecture() throws -> [String] {
    let path = "\(results.folder)/architecture.csv"
    let title = "## Architecture"
    guard let layers = try Results.table(path, root: results.root) else {
      return [title, "*Not written yet: `\(path)` comes with the first run.*"]
    }
    guard let parameters = layers.numbers("parameters"),
      let multiplyAdds = layers.numbers("multiply_adds")
    else {
      throw Failure(
        .corrupt, "\(path): expected columns of numbers called parameters and multiply_adds")
    }
    let totals = (Int(parameters.reduce(0, +)), Int(multiplyAdds.reduce(0, +)))
    guard let names = layers["layer"], let shapes = layers["output_shape"] else {
      throw Failure(.corrupt, "\(path): expected columns called layer and output_shape")
    }
    // One row per stage: `fire2.squeeze.conv2d` is a part of `fire2`.
    var stages: [(name: String, shape: String, parameters: Int, multiplyAdds: Int)] = []
    for (index, name) in names.enumerated() {
      let stage = String(name.split(separator: ".").first ?? "")
      if stages.last?.name != stage { stages.append((stage, "", 0, 0)) }
      stages[stages.count - 1].shape = shapes[index]
      stages[stages.count - 1].parameters += Int(parameters[index])
      stages[stages.count - 1].multiplyAdds += Int(multiplyAdds[index])
    }
    var table = Table(columns: ["stage", "output (C×H×W)", "parameters", "multiply-adds"])
    for stage in stages {
      table.append([
        stage.name, stage.shape.split(separator: "x").joined(separator: "×"),
        Rounding.count(stage.parameters), Rounding.count(stage.multiplyAdds),
      ])
    }
    table.append([
      "**total**", "", "**\(Rounding.count(totals.0))**", "**\(Rounding.count(totals.1))**",
    ])
    var parts = [title] + (try results.figures(in: .architecture)).map(embed)
    parts += [
      "Shapes and multiply-adds are for one image of this profile; multiply-adds count the products "
        + "with a weight. [`architecture.csv`](architecture.csv) lists every layer.",
      table.markdown,
    ]
    if let share = expand3x3Share(names, multiplyAdds) {
      parts.append("The 3×3 expands do \(share) % of the multiply-adds.")
    }
    let classes = shapes.last?.split(separator: "x").first.flatMap { Int($0) }
    return parts + [
      "Beside the networks it comes from, whose last layer has more classes; multiply-adds are for "
        + "one image of \(ReferenceNetwork.imageSize) px:",
      try comparison(parameters: totals.0, classes: classes).markdown,
    ]
  }

  /// The share of all multiply-adds in percent, `nil` without such layers.
  private func expand3x3Share(_ names: [String], _ multiplyAdds: [Double]) -> String? {
    let expands = zip(names, multiplyAdds).filter { $0.0.contains(".expand3x3.") }.map(\.1)
    let total = multiplyAdds.reduce(0, +)
    return expands.isEmpty ? nil : String(Int((expands.reduce(0, +) / total * 100).rounded()))
  }

  private func comparison(parameters: Int, classes: Int?) throws -> Table {
    let networks = try ReferenceNetwork.all(root: results.root)
    let own = ReferenceNetwork(
      identifier: "own", name: "this network", classes: classes, parameters: parameters,
      multiplyAdds: results.network.map {
        $0.network.architecture(imageSize: ReferenceNetwork.imageSize).multiplyAdds
      },
      source: "the table above")
    let alexNet = networks.first { $0.identifier == "alexnet" }
    return Table(
      columns: [
        "network", "classes", "parameters", "MB in 32 bits", "times smaller than AlexNet",
        "multiply-adds", "source",
      ],
      rows: ([own] + networks).map { network in
        [
          network.name, network.classes.map(Rounding.count) ?? "–",
          Rounding.count(network.parameters), network.megabytes,
          alexNet.map { network.timesSmaller(than: $0) } ?? "–",
          network.multiplyAdds.map(Rounding.count) ?? "–", network.source,
        ]
      })
  }
}
