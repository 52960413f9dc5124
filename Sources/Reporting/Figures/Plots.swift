import Support
import Training

extension Results {
  /// The figures of an experiment. A new one is a script in `reports/plots` and a row here.
  static let experimentPlots: [Plot<ExperimentResults>] = [
    ofSweep("accuracy"),
    ofSweep("loss"),
    ofRun("loss", "Training and validation loss", needs: "val_loss"),
    ofRun("accuracy", "Training and validation accuracy", needs: "val_accuracy"),
    ofRun("learning-rate", "Learning rate", needs: "learning_rate"),
    // On a logarithmic axis; the gradient of a dead network is 0.
    ofRun(
      "gradient-norm", "Gradient norm before clipping", needs: "gradient_norm_max", above: 0),
    Plot("unclipped", in: .experiment, inputs: unclipped),
    Plot("confusion", in: .classes, inputs: confusion),
    Plot("filters", in: .filters, inputs: filters),
  ]

  /// The figures that compare the experiments of a profile. A new one is a script and a row here.
  static let profilePlots: [Plot<Results>] = [
    comparison("accuracy"),
    comparison("loss"),
    Plot("notebook", in: .notebook, inputs: notebook),
  ]

  // MARK: - Curves

  /// A metric of a single run by epoch, drawn where its column has a value above a limit.
  private static func ofRun(
    _ name: String, _ caption: String, needs column: String, above limit: Double = -.infinity
  ) -> Plot<ExperimentResults> {
    Plot(name, in: .experiment) { experiment in
      guard experiment.arms.count == 1, let run = experiment.runs.first,
        run.metrics.hasFinite(column, above: limit)
      else { return nil }
      return (
        "\(caption) of \(experiment.name)",
        [
          "metrics = \(Gnuplot.quoted(RunFile.metrics.path(in: run.folder)))",
          "epochs = \(Int(run.final("epoch")))", "color = \(experiment.color)",
        ] + clippingLimit(of: run)
      )
    }
  }

  /// A validation metric of every run of a sweep by epoch.
  private static func ofSweep(_ metric: String) -> Plot<ExperimentResults> {
    Plot(metric, script: "sweep-curves", in: .experiment) { experiment in
      guard experiment.arms.count > 1 else { return nil }
      return curves(
        of: experiment.arms.map { ($0.arm.label, $0.runs[0]) }, metric, subject: "every arm")
    }
  }

  /// A validation metric of every experiment by epoch.
  private static func comparison(_ metric: String) -> Plot<Results> {
    Plot(metric, script: "comparison", in: .comparison) { results in
      let runs = results.representatives
      return curves(
        of: runs.map { ($0.label($1), $1) }, metric, subject: "all experiments"
      ).map { ($0.caption, [Gnuplot.array("colors", runs.map { "\($0.0.color)" })] + $0.lines) }
    }
  }

  private static func curves(
    of runs: [(label: String, run: RunResults)], _ metric: String, subject: String
  ) -> (caption: String, lines: [String])? {
    let column = "val_\(metric)"
    guard runs.contains(where: { $0.run.metrics.hasFinite(column) }) else { return nil }
    let unit = metric == "loss" ? "mean cross entropy" : "fraction"
    return (
      "Validation \(metric) of \(subject)",
      [
        Gnuplot.array("names", quoting: runs.map(\.label)),
        Gnuplot.array("files", quoting: runs.map { RunFile.metrics.path(in: $0.run.folder) }),
        "metric = '\(column)'", "label = 'validation \(metric) (\(unit))'",
        "epochs = \(Int(runs.map { $0.run.final("epoch") }.max() ?? 1))",
      ]
    )
  }

  private static func clippingLimit(of run: RunResults?) -> [String] {
    run?.gradientNormLimit.map { ["limit = \(CSV.format($0))"] } ?? []
  }

  /// Our validation accuracies and the notebook's own.
  @Sendable private static func notebook(
    _ results: Results
  ) throws -> (caption: String, lines: [String])? {
    let published = results.representatives.compactMap { experiment, run in
      NotebookCurves.name(of: experiment).map { (experiment, run, theirs: $0) }
    }
    guard !published.isEmpty, let curves = try NotebookCurves(for: results) else { return nil }
    return (
      "Validation accuracy beside the notebook's own, over the share of the schedule",
      [
        Gnuplot.array("names", quoting: published.map(\.0.name)),
        Gnuplot.array("files", quoting: published.map { RunFile.metrics.path(in: $0.1.folder) }),
        Gnuplot.array("colors", published.map { "\($0.0.color)" }),
        Gnuplot.array("schedules", published.map { "\($0.1.schedule)" }),
        Gnuplot.array("theirs", quoting: published.map(\.theirs)),
        "reference = \(Gnuplot.quoted(NotebookCurves.path))",
        "epochs_there = \(curves.schedule)",
      ]
    )
  }

  // MARK: - Gradients, classes and filters

  /// The gradient norms of the first steps without clipping.
  @Sendable private static func unclipped(
    _ experiment: ExperimentResults
  ) -> (caption: String, lines: [String])? {
    let name = "unclipped"
    guard let run = experiment.runs.first, let steps = run.steps[name],
      steps.hasFinite("gradient_norm", above: 0)
    else {
      return nil
    }
    let norms = (steps["gradient_norm"] ?? []).map { Double($0) ?? .nan }
    let finite = norms.filter(\.isDrawable)
    let clipped =
      run.steps[""] == nil
      ? [] : ["clipped = \(Gnuplot.quoted(RunFile.steps.path(in: run.folder)))"]
    return (
      "Gradient norm of the first steps without clipping",
      [
        "color = \(experiment.color)",
        "unclipped = \(Gnuplot.quoted(RunFile.steps.path(in: "\(run.folder)/\(name)")))",
        "steps = \(steps.rows.count)", "largest = \(CSV.format(finite.max() ?? 1))",
        "broken = \(norms.count - finite.count)", "dead = \(norms.count { $0 == 0 })",
      ] + clippingLimit(of: run) + clipped
    )
  }

  /// The confusion matrix of the experiment's representative run as a heat map.
  @Sendable private static func confusion(
    _ experiment: ExperimentResults
  ) throws -> (caption: String, lines: [String])? {
    guard let run = experiment.representative?.runs[0], let classes = run.confusionMatrix
    else {
      return nil
    }
    var table = Table(columns: ["label", "predicted", "images", "share"])
    for (label, row) in classes.confusion.enumerated() {
      for (predicted, images) in row.enumerated() {
        let share = Double(images) / Double(max(1, classes.images(label)))
        table.append(["\(label)", "\(predicted)", "\(images)", CSV.format(share)])
      }
    }
    return (
      "Confusion matrix of \(experiment.label(run)), in images",
      [Gnuplot.table("confusion", table), Gnuplot.array("names", quoting: classes.names)]
    )
  }

  /// The filters of the representative run's first convolution.
  @Sendable private static func filters(
    _ experiment: ExperimentResults
  ) throws -> (caption: String, lines: [String])? {
    guard let run = experiment.representative?.runs[0], let filters = run.filters else {
      return nil
    }
    let path = RunFile.filters.path(in: run.folder)
    let colors = ["red", "green", "blue"].compactMap { filters.numbers($0) }
    guard colors.count == 3, let numbers = filters.numbers("filter"),
      let rows = filters.numbers("row"), filters.numbers("column") != nil
    else {
      throw Failure(.corrupt, "\(path): expected numbers: filter, row, column, red, green, blue")
    }
    let limit = colors.joined().filter(\.isFinite).map(abs).max() ?? 0
    let scale = Rounding.significant(limit)
    let count = Int(numbers.max() ?? 0) + 1
    return (
      "The \(count) filters of \(experiment.label(run)); one scale for all: black is −\(scale), "
        + "gray 0, white \(scale)",
      [
        "filters = \(Gnuplot.quoted(path))", "limit = \(CSV.format(limit > 0 ? limit : 1))",
        "count = \(count)", "kernel = \(Int(rows.max() ?? 0) + 1)",
      ]
    )
  }
}

extension Double {
  /// Whether an axis can hold the number.
  fileprivate var isDrawable: Bool { abs(self) < 1e30 }
}

extension Table {
  /// Whether a column has a number above a limit that an axis can hold.
  fileprivate func hasFinite(_ column: String, above limit: Double = -.infinity) -> Bool {
    (self[column] ?? []).contains { Double($0).map { $0.isDrawable && $0 > limit } ?? false }
  }
}
