import Support

/// Draws the figures of profiles and writes their reports, from the committed files alone.
///
/// - Parameters:
///   - profile: The folder's name below `reports/`; `nil` for every profile that has results.
///   - root: The package's folder.
/// - Returns: The files written, seen from the root.
/// - Throws: `Failure` with code 66 where there are no results or no gnuplot, 65 where a file is not
///   what it should be or prose names a value that there is not.
@discardableResult
public func weave(profile: String? = nil, root: String) throws -> [String] {
  try Results.selected(profile: profile, root: root).flatMap { results in
    var paths = try results.writeArchitecture()
    let text = try Report(results).text()
    paths += try results.drawFigures()
    let path = results.folder + "/report.md"
    try Files.write(text, to: "\(root)/\(path)")
    return paths + [path]
  }
}

/// The report of one profile.
package struct Report: Sendable {
  private let results: Results

  package init(_ results: Results) {
    self.results = results
  }

  /// The whole report in Markdown. The same files give the same bytes.
  package func text() throws -> String {
    var sections = ["# SqueezeNet: the experiments of profile `\(results.profile)`"]
    sections.append(
      "Woven by `make report` from the scripts in `experiments/` and the files beside this one. "
        + "To change a word or a number, change its source.")
    sections += warning()
    sections += try introduction()
    sections += try architecture()
    for experiment in results.experiments { sections += try section(of: experiment) }
    sections += try comparison()
    sections += try classSection()
    sections += try mistakes()
    sections += reproduction()
    return sections.joined(separator: "\n\n") + "\n"
  }

  /// Names the runs whose commit does not tell what they were made from, and those that left out
  /// images.
  private func warning() -> [String] {
    func runs(_ isMeant: (Run) -> Bool) -> [String] {
      results.complete.flatMap { experiment in
        experiment.runs.filter(isMeant).map(experiment.label)
      }
    }
    let changed = runs { $0.information["dirty"] == "true" }
    let skipping = runs { !["0", nil].contains($0.information["data.skipped_images"]) }
    var warnings: [String] = []
    if !changed.isEmpty {
      warnings.append(
        "> **Made from changed sources:** \(changed.joined(separator: ", ")). The sources were not "
          + "those of the commit that `run.json` names, so that commit does not repeat the numbers. "
          + "Commit the sources and run again.")
    }
    if !skipping.isEmpty {
      warnings.append(
        "> **Made without some images:** \(skipping.joined(separator: ", ")). Files that cannot be "
          + "used were left out; `data.skipped_images` counts them.")
    }
    return warnings
  }

  // MARK: - Introduction and architecture

  private func introduction() throws -> [String] {
    let path = "reports/introduction.md"
    guard Files.exists("\(results.root)/\(path)") else { return [] }
    var values: [String: String] = [:]
    let networks = try Network.reference(root: results.root)
    let alexNet = networks.first { $0.identifier == "alexnet" }
    for network in networks {
      values["\(network.identifier).parameters"] = Rounding.count(network.parameters)
      values["\(network.identifier).megabytes"] = network.megabytes
      values["\(network.identifier).times_smaller_than_alexnet"] =
        alexNet.map { network.timesSmaller(than: $0) }
    }
    let placeholders = Placeholders(values: values)
    let lines = try Files.readText("\(results.root)/\(path)").split(
      separator: "\n", omittingEmptySubsequences: false)
    let filled = try lines.enumerated().map { index, line in
      try placeholders.fill(String(line), at: "\(path):\(index + 1)")
    }
    return [filled.joined(separator: "\n").trimmed]
  }

  private func architecture() throws -> [String] {
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
        stage.name, stage.shape, Rounding.count(stage.parameters),
        Rounding.count(stage.multiplyAdds),
      ])
    }
    table.append([
      "**total**", "", "**\(Rounding.count(totals.0))**", "**\(Rounding.count(totals.1))**",
    ])

    let networks = try Network.reference(root: results.root)
    let own = Network(
      identifier: "own", name: "this network",
      classes: shapes.last?.split(separator: "x").first.flatMap { Int($0) },
      parameters: totals.0,
      source: "the table above")
    let alexNet = networks.first { $0.identifier == "alexnet" }
    let comparison = Table(
      columns: [
        "network", "classes", "parameters", "MB in 32 bits", "times smaller than AlexNet", "source",
      ],
      rows: ([own] + networks).map { network in
        [
          network.name, network.classes.map(Rounding.count) ?? "–",
          Rounding.count(network.parameters), network.megabytes,
          alexNet.map { network.timesSmaller(than: $0) } ?? "–", network.source,
        ]
      })
    return [
      title,
      "Shapes are those of one image of this profile. Multiply-adds count the products with a "
        + "weight, for one image. [`architecture.csv`](architecture.csv) lists every layer.",
      table.markdown,
      "Beside the networks it comes from, whose last layer serves more classes:",
      comparison.markdown,
    ]
  }

  // MARK: - Experiments

  private func section(of experiment: Experiment) throws -> [String] {
    guard !experiment.runs.isEmpty else {
      return [
        "## \(experiment.name)",
        "*Not run yet in this profile: `make experiment-\(experiment.name) "
          + "PROFILE=\(results.profile)`*",
      ]
    }
    let script = LiterateScript(
      parsing: try Files.readText("\(results.root)/\(experiment.script)"))
    let placeholders = Placeholders(for: experiment, in: results)
    var parts: [String] = []
    if !script.hasTitle { parts.append("## \(experiment.name)") }
    for chunk in script.chunks {
      switch chunk {
      case .code(let lines): parts.append(LiterateScript.fenced(lines))
      case .prose(let lines, let firstLine):
        let filled = try lines.enumerated().map { index, line in
          try placeholders.fill(line, at: "\(experiment.script):\(firstLine + index)")
        }
        parts.append(oneLevelDown(filled).joined(separator: "\n"))
      }
    }
    if let summary = experiment.summary { parts.append(readable(summary).markdown) }
    return parts + (try results.figures(of: experiment)).map(embed)
  }

  // MARK: - Results side by side

  private func comparison() throws -> [String] {
    let runs = results.complete.flatMap { experiment in experiment.runs.map { (experiment, $0) } }
    var parts = ["## Comparison"]
    let table = Table(
      columns: [
        "experiment", "parameters", "epochs", "train loss", "train accuracy", "val loss",
        "val accuracy", "best val accuracy", "in epoch",
      ],
      rows: runs.map { experiment, run in
        [experiment.label(run)]
          + [
            "parameters", "epochs", "train_loss", "train_accuracy", "val_loss", "val_accuracy",
            "best_val_accuracy", "best_epoch",
          ].map { run.values[$0] ?? "–" }
      })
    parts.append(table.markdown)
    if let notebook = try notebookTable() {
      parts.append(
        "The notebook trained at 224 px for the whole of its schedule. Where our schedule is "
          + "shorter, our learning rate has already fallen at an epoch at which the notebook's is "
          + "still high, so equal epochs are not equal conditions.")
      parts.append(notebook.markdown)
    }
    return parts + results.comparisonFigures.map(embed)
  }

  /// Our validation accuracy beside the notebook's, `nil` where nothing can be compared.
  private func notebookTable() throws -> Table? {
    guard results.profile != "demo",
      let curves = try Results.table(Results.notebookCurves, root: results.root),
      let names = curves["experiment"], let epochs = curves.numbers("epoch"),
      let accuracies = curves.numbers("val_accuracy")
    else { return nil }
    var table = Table(columns: [
      "experiment", "epochs", "val accuracy", "notebook at that epoch", "notebook's epochs",
      "notebook's val accuracy", "difference",
    ])
    for experiment in results.complete {
      guard let run = experiment.representative, let name = Results.notebookName(experiment) else {
        continue
      }
      let theirs = names.indices.filter { names[$0] == name }
      guard let last = theirs.last else { continue }
      let sameEpoch = theirs.first { epochs[$0] == run.final("epoch") }
      let difference = run.final("val_accuracy") - accuracies[last]
      table.append([
        experiment.name, run.values["epochs"] ?? "–", run.values["val_accuracy"] ?? "–",
        sameEpoch.map { Rounding.fraction(accuracies[$0]) } ?? "–",
        Rounding.count(Int(epochs[last])), Rounding.fraction(accuracies[last]),
        (difference > 0 ? "+" : "") + Rounding.fraction(difference),
      ])
    }
    return table.rows.isEmpty ? nil : table
  }

  private func classSection() throws -> [String] {
    var parts: [String] = []
    for experiment in results.complete {
      guard let run = experiment.representative, let classes = try results.classResults(of: run)
      else { continue }
      parts.append("### \(experiment.label(run))")
      parts.append(classes.table.markdown)
      parts += try results.confusionFigure(of: experiment).map(embed)
      parts.append(
        "<details><summary>The confusion matrix as a table</summary>\n\n"
          + classes.matrix.markdown + "\n\n</details>")
    }
    guard !parts.isEmpty else { return [] }
    return [
      "## Results by class",
      "Precision is the fraction of right answers among the images taken for a class, recall the "
        + "fraction of a class's images that were recognized. Final weights, validation images.",
    ] + parts
  }

  private func mistakes() throws -> [String] {
    var parts: [String] = []
    for experiment in results.complete {
      guard let run = experiment.representative, let predictions = run.predictions,
        let classes = try results.classResults(of: run), let paths = predictions["path"],
        let labels = predictions["label"], let predicted = predictions["predicted"],
        let losses = predictions["loss"]?.map({ Double($0) ?? .nan })
      else { continue }
      let wrong = labels.indices.filter { labels[$0] != predicted[$0] }
      let worst = wrong.sorted { first, second in
        // Equal losses, and those that are no number, keep the order of the file.
        losses[first] > losses[second] || (losses[first] == losses[second] && first < second)
      }.prefix(10)
      func name(_ label: String) -> String { Int(label).map { classes.names[$0] } ?? label }
      parts.append(
        "### \(experiment.label(run)): \(Rounding.count(wrong.count)) of "
          + "\(Rounding.count(labels.count)) images")
      guard !worst.isEmpty else { continue }
      parts.append(
        Table(
          columns: ["image", "label", "predicted", "loss"],
          rows: worst.map {
            [
              paths[$0].markdownCode, name(labels[$0]), name(predicted[$0]),
              Rounding.text(losses[$0], of: "loss"),
            ]
          }
        ).markdown)
    }
    guard !parts.isEmpty else { return [] }
    return [
      "## Images the network gets wrong",
      "The wrong answers with the highest loss: where the network was most certain of another "
        + "class.",
    ] + parts
  }

  // MARK: - Reproduction

  private func reproduction() -> [String] {
    let runs = results.complete.flatMap { experiment in experiment.runs.map { (experiment, $0) } }
    let commands = results.complete.map { experiment in
      experiment.runs.first?.information["command"]
        ?? "make experiment-\(experiment.name) PROFILE=\(results.profile)"
    }
    var parts = [
      "## How to reproduce",
      "On the commit named below, with the data of the fingerprint below:",
      "```sh\n" + commands.joined(separator: "\n") + "\n```",
    ]
    let keys = Set(runs.flatMap { $0.1.information.keys }).subtracting(["command"]).sorted()
    let shared = keys.filter { key in
      runs.allSatisfy { $0.1.information[key] == runs[0].1.information[key] }
    }
    let different = keys.filter { !shared.contains($0) }
    if !shared.isEmpty {
      parts.append(runs.count == 1 ? "What the run was made from:" : "What all runs share:")
      parts.append(
        Table(
          columns: ["", "value"],
          rows: shared.map { [code($0), (runs[0].1.information[$0] ?? "").abbreviated] }
        ).markdown)
    }
    if !different.isEmpty {
      parts.append("What sets them apart:")
      parts.append(
        Table(
          columns: [""] + runs.map { $0.0.label($0.1) },
          rows: different.map { key in
            [code(key)] + runs.map { $0.1.information[key]?.abbreviated ?? "–" }
          }
        ).markdown)
    }
    parts.append(
      "`metrics.csv` of a run does not depend on the number of threads, on interruptions or on "
        + "time: the same commit, data, configuration and engine give the same bytes. Times and the "
        + "machine are in the `volatile` part of each `run.json`.")
    return parts
  }

  // MARK: - Pieces

  private func embed(_ figure: Figure) -> String {
    "![\(figure.caption)](\(figure.path))\n*\(figure.caption).*"
  }

  private func code(_ key: String) -> String { "`\(key)`" }

  private func spaced(_ column: String) -> String {
    column.split(separator: "_").joined(separator: " ")
  }

  /// A table with its numbers rounded for people.
  private func readable(_ table: Table) -> Table {
    Table(
      columns: table.columns.map(spaced),
      rows: table.rows.map { row in
        zip(table.columns, row).map { column, field in
          guard let number = Double(field) else { return field }
          return column == "dropout"
            ? Rounding.rate(number) : Rounding.text(number, of: column)
        }
      })
  }

  /// Markdown with each heading one level deeper, as a section of a larger text.
  private func oneLevelDown(_ lines: [String]) -> [String] {
    var isCode = false
    return lines.map { line in
      if line.hasPrefix("```") { isCode.toggle() }
      let isHeading = line.hasPrefix("#") && line.drop { $0 == "#" }.first == " "
      return isHeading && !isCode ? "#" + line : line
    }
  }
}

/// A network by its size.
private struct Network {
  let identifier: String
  let name: String
  let classes: Int?
  let parameters: Int
  let source: String

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
      let sources = table["source"]
    else {
      throw Failure(.corrupt, "\(path): expected network, name, classes, parameters, source")
    }
    return identifiers.indices.map {
      Network(
        identifier: identifiers[$0], name: names[$0], classes: Int(classes[$0]),
        parameters: Int(parameters[$0]), source: sources[$0])
    }
  }
}

extension Results {
  /// The confusion of a run, `nil` where it has no predictions.
  package func classResults(of run: Run) throws -> ClassResults? {
    guard let predictions = run.predictions else { return nil }
    let table = try Results.table("reports/reference/imagenette_classes.csv", root: root)
    let names = zip(table?["folder"] ?? [], table?["name"] ?? [])
    return try ClassResults(
      predictions: predictions, names: Dictionary(names) { first, _ in first },
      path: run.folder + "/predictions.csv")
  }
}
