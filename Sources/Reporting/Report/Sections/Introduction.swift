import Support

extension Report {
  /// `reports/introduction.md` with its numbers filled in.
  func introduction() throws -> [String] {
    let path = "reports/introduction.md"
    guard Files.exists("\(results.root)/\(path)") else { return [] }
    let placeholders = Placeholders(values: NamedValues(try introductionValues()))
    let lines = try Files.readText("\(results.root)/\(path)").split(
      separator: "\n", omittingEmptySubsequences: false)
    let filled = try lines.enumerated().map { index, line in
      try placeholders.fill(String(line), at: "\(path):\(index + 1)")
    }
    return [filled.joined(separator: "\n").trimmed]
  }

  /// The values that the introduction can name: sizes of networks, and times that were measured.
  private func introductionValues() throws -> [String: String] {
    var values: [String: String] = [:]
    let networks = try ReferenceNetwork.all(root: results.root)
    let alexNet = networks.first { $0.identifier == "alexnet" }
    func add(_ network: ReferenceNetwork) {
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
        ReferenceNetwork(
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
}
