import Support

extension Report {
  /// What SqueezeNet is: `reports/introduction.md` with its numbers filled in.
  func introduction() throws -> [String] {
    let path = "reports/introduction.md"
    guard Files.exists("\(results.root)/\(path)") else { return [] }
    let placeholders = Placeholders(values: try introductionValues())
    let lines = try Files.readText("\(results.root)/\(path)").split(
      separator: "\n", omittingEmptySubsequences: false)
    let filled = try lines.enumerated().map { index, line in
      try placeholders.fill(String(line), at: "\(path):\(index + 1)")
    }
    return [filled.joined(separator: "\n").trimmed]
  }

  /// What the introduction can name: sizes of networks, and times that were measured.
  private func introductionValues() throws -> [String: String] {
    var values: [String: String] = [:]
    let networks = try Network.reference(root: results.root)
    let alexNet = networks.first { $0.identifier == "alexnet" }
    func add(_ network: Network) {
      values["\(network.identifier).parameters"] = Rounding.count(network.parameters)
      values["\(network.identifier).megabytes"] = network.megabytes
      values["\(network.identifier).multiply_adds"] = network.multiplyAdds.map(Rounding.count)
      values["\(network.identifier).times_smaller_than_alexnet"] =
        alexNet.map { network.timesSmaller(than: $0) }
    }
    networks.forEach(add)
    let path = "reports/measurements/inference.csv"
    guard let table = try Results.table(path, root: results.root) else { return values }
    guard let names = table["network"], let parameters = table.numbers("parameters"),
      let multiplyAdds = table.numbers("multiply_adds"),
      let milliseconds = table.numbers("milliseconds"),
      let own = names.firstIndex(of: "squeezenet"), let plain = names.firstIndex(of: "plain")
    else {
      throw Failure(
        .corrupt,
        "\(path): expected rows squeezenet and plain with parameters, multiply_adds and milliseconds"
      )
    }
    for (index, name) in names.enumerated() {
      add(
        Network(
          identifier: name, name: name, classes: nil, parameters: Int(parameters[index]),
          multiplyAdds: Int(multiplyAdds[index]), source: path))
      values["\(name).milliseconds"] = Rounding.tenths(milliseconds[index])
    }
    for column in ["image_size", "threads", "target", "date"] {
      values["inference.\(column)"] = table[column]?[own]
    }
    values["plain.times_parameters"] = Rounding.tenths(parameters[plain] / parameters[own])
    values["plain.percent_more_multiply_adds"] = Rounding.hundredths(
      (multiplyAdds[plain] / multiplyAdds[own] - 1) * 100)
    values["squeezenet.times_plain"] = Rounding.hundredths(milliseconds[own] / milliseconds[plain])
    return values
  }

  /// The network as a drawing and as a table with totals, and beside those it comes from.
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
    // A row a stage: what belongs to `fire2.squeeze.conv2d` is a part of `fire2`.
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
    var parts = [title]
    if results.network != nil {
      parts.append(embed(path: Results.drawing, caption: "The network, drawn from its own layers"))
    }
    parts += [
      "Shapes are those of one image of this profile. Multiply-adds count the products with a "
        + "weight, for one image. [`architecture.csv`](architecture.csv) lists every layer.",
      table.markdown,
    ]
    if let share = expand3x3Share(names, multiplyAdds) {
      parts.append("The 3×3 expands do \(share) % of the multiply-adds.")
    }
    let classes = shapes.last?.split(separator: "x").first.flatMap { Int($0) }
    return parts + [
      "Beside the networks it comes from, whose last layer serves more classes; multiply-adds are "
        + "those of an image of \(Network.imageSize) px:",
      try comparison(parameters: totals.0, classes: classes).markdown,
    ]
  }

  /// The share of all multiply-adds in percent, `nil` where there are no such layers.
  private func expand3x3Share(_ names: [String], _ multiplyAdds: [Double]) -> String? {
    let expands = zip(names, multiplyAdds).filter { $0.0.contains(".expand3x3.") }.map(\.1)
    let total = multiplyAdds.reduce(0, +)
    return expands.isEmpty ? nil : String(Int((expands.reduce(0, +) / total * 100).rounded()))
  }

  private func comparison(parameters: Int, classes: Int?) throws -> Table {
    let networks = try Network.reference(root: results.root)
    let own = Network(
      identifier: "own", name: "this network", classes: classes, parameters: parameters,
      multiplyAdds: results.network.map {
        $0.network.architecture(imageSize: Network.imageSize).multiplyAdds
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

/// A network by its size.
private struct Network {
  let identifier: String
  let name: String
  let classes: Int?
  let parameters: Int
  /// For an image of `imageSize`.
  let multiplyAdds: Int?
  let source: String

  /// Height and width in pixels of the image that multiply-adds are counted for.
  static let imageSize = 224

  /// Its size with 32-bit weights, in 10⁶ bytes.
  var megabytes: String { Rounding.tenths(Double(parameters) * 4 / 1e6) }

  func timesSmaller(than other: Network) -> String {
    Rounding.tenths(Double(other.parameters) / Double(parameters))
  }

  /// The networks that reports compare with.
  static func reference(root: String) throws -> [Network] {
    let path = "reports/reference/networks.csv"
    guard let table = try Results.table(path, root: root) else { return [] }
    guard let identifiers = table["network"], let names = table["name"],
      let classes = table.numbers("classes"), let parameters = table.numbers("parameters"),
      let multiplyAdds = table.numbers("multiply_adds"), let sources = table["source"]
    else {
      throw Failure(
        .corrupt, "\(path): expected network, name, classes, parameters, multiply_adds, source")
    }
    return identifiers.indices.map {
      Network(
        identifier: identifiers[$0], name: names[$0], classes: Int(classes[$0]),
        parameters: Int(parameters[$0]), multiplyAdds: Int(multiplyAdds[$0]), source: sources[$0])
    }
  }
}
