import Support

/// A figure: a gnuplot script and what it draws.
package struct Figure: Sendable {
  /// The file's name without its extension, for example `norm-loss`.
  package let name: String
  /// What it shows, in one sentence.
  package let caption: String
  /// The script in `reports/plots`.
  let script: String
  /// Lines of gnuplot that name the inputs.
  let settings: [String]

  /// The figure's file, seen from the folder of its profile.
  package var path: String { "figures/\(name).svg" }

  /// Draws the figure.
  ///
  /// - Parameter root: The package's folder.
  /// - Returns: The bytes of an SVG, the same for the same inputs.
  /// - Throws: `Failure` with code 66 where gnuplot or the script is missing, 65 where gnuplot
  ///   cannot use the inputs.
  package func draw(root: String) throws -> [UInt8] {
    let script = "reports/plots/\(script)"
    guard Files.exists("\(root)/\(script)") else {
      throw Failure(.missing, "cannot draw \(name): no \(script)")
    }
    let input = (settings + ["load \(quoted(script))"]).joined(separator: "\n") + "\n"
    // `-d` keeps the user's own settings out of the figure.
    let result = try Program.run(["gnuplot", "-d", "-"], in: root, input: input)
    guard result.status != 127 else {
      throw Failure(.missing, "gnuplot is not installed; run: apt-get install gnuplot-nox")
    }
    guard result.status == 0, !result.output.isEmpty else {
      throw Failure(.corrupt, "\(script): cannot draw \(name): \(result.complaint)")
    }
    return result.output
  }
}

/// Draws all figures of profiles from their CSV files.
///
/// - Parameters:
///   - profile: The folder's name below `reports/`; `nil` for every profile that has results.
///   - root: The package's folder.
/// - Returns: The files written, seen from the root.
/// - Throws: `Failure` with code 66 where there are no results or gnuplot is not installed, 65 where
///   a file is not what it should be.
@discardableResult
package func drawFigures(profile: String? = nil, root: String) throws -> [String] {
  try Results.selected(profile: profile, root: root).flatMap { try $0.drawFigures() }
}

extension Results {
  /// Draws all figures of the profile.
  ///
  /// - Returns: The files written, seen from the root.
  func drawFigures() throws -> [String] {
    let figures = try allFigures
    try Files.createFolder("\(root)/\(folder)/figures")
    var paths: [String] = []
    if let (network, imageSize) = network {
      paths.append("\(folder)/\(Results.drawing)")
      try Files.write(
        ArchitectureDrawing.svg(network, imageSize: imageSize), to: "\(root)/\(paths[0])")
    }
    for figure in figures {
      paths.append("\(folder)/\(figure.path)")
      try Files.write(
        try figure.draw(root: root), to: "\(root)/\(folder)/\(figure.path)")
    }
    return paths
  }

  /// The file of the network's drawing, seen from the folder of its profile.
  static let drawing = "figures/architecture.svg"
}

/// A text as gnuplot writes it.
func quoted(_ text: String) -> String {
  "'" + text.escapingLineFeeds.substituting("'", by: "''") + "'"
}

/// An array as gnuplot writes it.
func array(_ name: String, _ values: [String]) -> String {
  "array \(name)[\(values.count)] = [\(values.joined(separator: ", "))]"
}

extension Results {
  /// The notebook's name of an experiment, `nil` where it has none.
  static func notebookName(_ experiment: ExperimentResults) -> String? {
    ["no-norm": "no-norm", "norm": "batch-norm"][experiment.name]
  }

  /// The file of the notebook's own curves, seen from the root.
  private static let notebookCurves = "reports/reference/notebook_curves.csv"

  /// Every figure of the profile.
  package var allFigures: [Figure] {
    get throws {
      try complete.flatMap {
        try figures(of: $0) + confusionFigure(of: $0) + filtersFigure(of: $0)
      } + comparisonFigures + notebookFigure
    }
  }

  /// The figures of one experiment.
  package func figures(of experiment: ExperimentResults) throws -> [Figure] {
    var figures: [Figure] = []
    let settings = ["color = \(color(experiment))"]
    if experiment.summary != nil {
      figures += sweepFigures(of: experiment)
    } else if let run = experiment.runs.first {
      figures += runFigures(of: run, experiment)
    }
    for (name, steps) in experiment.steps.sorted(by: { $0.key < $1.key })
    where name == "unclipped" && steps.hasFinite("gradient_norm", above: 0) {
      let norms = (steps["gradient_norm"] ?? []).map { Double($0) ?? .nan }
      let finite = norms.filter { abs($0) < 1e30 }
      var inputs = [
        "unclipped = \(quoted("\(experiment.folder)/\(name)/steps.csv"))",
        "steps = \(steps.rows.count)", "largest = \(CSV.format(finite.max() ?? 1))",
        "broken = \(norms.count - finite.count)", "dead = \(norms.count { $0 == 0 })",
      ]
      if let limit = experiment.runs.first?.gradientNormLimit {
        inputs.append("limit = \(CSV.format(limit))")
      }
      if experiment.steps[""] != nil {
        inputs.append("clipped = \(quoted("\(experiment.folder)/steps.csv"))")
      }
      figures.append(
        Figure(
          name: "\(experiment.name)-unclipped",
          caption: "Gradient norm of the first steps without clipping",
          script: "unclipped.gp", settings: settings + inputs))
    }
    return figures
  }

  /// The heat map of an experiment's confusion matrix, none where there are no predictions.
  package func confusionFigure(of experiment: ExperimentResults) throws -> [Figure] {
    guard let run = experiment.representative, let classes = try confusionMatrix(of: run) else {
      return []
    }
    let rows = classes.confusion.indices.flatMap { label in
      classes.confusion[label].enumerated().map { predicted, images in
        let share = Double(images) / Double(max(1, classes.images(label)))
        return "\(label),\(predicted),\(images),\(CSV.format(share))"
      }
    }
    return [
      Figure(
        name: "\(experiment.name)-confusion",
        caption: "Confusion matrix of \(experiment.label(run)), in images",
        script: "confusion.gp",
        settings: ["$confusion << EOD", "label,predicted,images,share"] + rows
          + ["EOD", array("names", classes.names.map(quoted))])
    ]
  }

  /// The first convolution's filters, none where the run does not have them.
  package func filtersFigure(of experiment: ExperimentResults) throws -> [Figure] {
    guard let run = experiment.representative, let filters = run.filters else { return [] }
    let path = run.folder + "/filters.csv"
    let colors = ["red", "green", "blue"].compactMap { filters.numbers($0) }
    guard colors.count == 3, let numbers = filters.numbers("filter"),
      let rows = filters.numbers("row"), filters.numbers("column") != nil
    else {
      throw Failure(.corrupt, "\(path): expected numbers: filter, row, column, red, green, blue")
    }
    let limit = colors.joined().filter(\.isFinite).map(abs).max() ?? 0
    let scale = Rounding.significant(limit)
    return [
      Figure(
        name: "\(experiment.name)-filters",
        caption:
          "The \(Int(numbers.max() ?? 0) + 1) filters of \(experiment.label(run)); one scale "
          + "for all: black is −\(scale), gray 0, white \(scale)",
        script: "filters.gp",
        settings: [
          "filters = \(quoted(path))", "limit = \(CSV.format(limit > 0 ? limit : 1))",
          "count = \(Int(numbers.max() ?? 0) + 1)", "kernel = \(Int(rows.max() ?? 0) + 1)",
        ])
    ]
  }

  /// The figures that set the experiments beside each other.
  package var comparisonFigures: [Figure] {
    let runs = complete.compactMap { experiment in
      experiment.representative.map { (experiment, $0) }
    }
    guard !runs.isEmpty else { return [] }
    return curves(
      runs.map { ($0.0.label($0.1), $0.1) }, name: "comparison", script: "comparison.gp",
      subject: "all experiments",
      settings: [array("colors", runs.map { String(color($0.0)) })])
  }

  /// The notebook's own curves, `nil` beside generated images, which it never saw.
  package var notebookTable: Table? {
    get throws { profile == "demo" ? nil : try Results.table(Results.notebookCurves, root: root) }
  }

  /// Our runs beside the notebook's own.
  package var notebookFigure: [Figure] {
    get throws {
      let published = complete.compactMap { experiment in
        Results.notebookName(experiment).flatMap { theirs in
          experiment.representative.map { (experiment, theirs, $0) }
        }
      }
      guard !published.isEmpty, let epochs = try notebookTable?.numbers("epoch")?.max() else {
        return []
      }
      return [
        Figure(
          name: "comparison-notebook",
          caption: "Validation accuracy beside the notebook's own, over the share of the schedule",
          script: "notebook.gp",
          settings: [
            array("names", published.map { quoted($0.0.name) }),
            array("files", published.map { quoted("\($0.2.folder)/metrics.csv") }),
            array("colors", published.map { String(color($0.0)) }),
            array(
              "schedules", published.map { "\($0.2.plannedEpochs ?? $0.2.metrics.rows.count)" }),
            array("theirs", published.map { quoted($0.1) }),
            "reference = \(quoted(Results.notebookCurves))", "epochs_there = \(Int(epochs))",
          ])
      ]
    }
  }

  private func runFigures(of run: Run, _ experiment: ExperimentResults) -> [Figure] {
    var settings = [
      "metrics = \(quoted(run.folder + "/metrics.csv"))",
      "epochs = \(Int(run.final("epoch")))",
      "color = \(color(experiment))",
    ]
    var figures: [Figure] = []
    func add(
      _ name: String, _ caption: String, needs column: String, above limit: Double = -.infinity
    ) {
      guard run.metrics.hasFinite(column, above: limit) else { return }
      figures.append(
        Figure(
          name: "\(experiment.name)-\(name)", caption: "\(caption) of \(experiment.name)",
          script: "\(name).gp", settings: settings))
    }
    add("loss", "Training and validation loss", needs: "val_loss")
    add("accuracy", "Training and validation accuracy", needs: "val_accuracy")
    add("learning-rate", "Learning rate", needs: "learning_rate")
    if let limit = run.gradientNormLimit {
      settings.append("limit = \(CSV.format(limit))")
    }
    // On a logarithmic axis; a dead network's gradient is 0.
    add("gradient-norm", "Gradient norm before clipping", needs: "gradient_norm_max", above: 0)
    return figures
  }

  private func sweepFigures(of experiment: ExperimentResults) -> [Figure] {
    let sweep = Figure(
      name: "\(experiment.name)-sweep",
      caption: "Accuracy by dropout rate, and how far training and validation are apart",
      script: "sweep.gp",
      settings: ["$summary << EOD"]
        + (experiment.summary?.text.split(separator: "\n").map(String.init) ?? [])
        + ["EOD", "color = \(color(experiment))"])
    return [sweep]
      + curves(
        experiment.runs.map { ($0.rate ?? "", $0) }, name: experiment.name,
        script: "sweep-curves.gp", subject: "every dropout rate", settings: [])
  }

  /// Validation accuracy and loss of several runs.
  private func curves(
    _ runs: [(label: String, run: Run)], name: String, script: String, subject: String,
    settings: [String]
  ) -> [Figure] {
    [
      ("accuracy", "validation accuracy (fraction)"),
      ("loss", "validation loss (mean cross entropy)"),
    ].compactMap {
      metric, label in
      guard runs.contains(where: { $0.run.metrics.hasFinite("val_\(metric)") }) else { return nil }
      return Figure(
        name: "\(name)-\(metric)", caption: "Validation \(metric) of \(subject)", script: script,
        settings: settings + [
          array("names", runs.map { quoted($0.label) }),
          array("files", runs.map { quoted("\($0.run.folder)/metrics.csv") }),
          "metric = 'val_\(metric)'", "label = \(quoted(label))",
          "epochs = \(Int(runs.map { $0.run.final("epoch") }.max() ?? 1))",
        ])
    }
  }

  /// The place of an experiment's color in the palette, from 1: the same in every figure.
  private func color(_ experiment: ExperimentResults) -> Int {
    let others = experiments.map(\.name).filter { !Results.firstToRead.contains($0) }
    return ((Results.firstToRead + others).firstIndex(of: experiment.name) ?? 0) + 1
  }
}

extension Table {
  /// Whether a column has a value that an axis from some limit can hold.
  fileprivate func hasFinite(_ column: String, above limit: Double = -.infinity) -> Bool {
    (self[column] ?? []).contains { Double($0).map { abs($0) < 1e30 && $0 > limit } ?? false }
  }
}
