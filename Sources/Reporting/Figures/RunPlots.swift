import Models
import Support
import Training

/// The figures of single runs: the first of an experiment's representative arm.
extension Results {
  /// The network, from its own layers.
  @Sendable static func architecture(_ results: Results, _ name: String) -> Figure? {
    results.network.map { network, imageSize in
      Figure(
        name: name, caption: "The network, drawn from its own layers",
        summary: "Diagram of the network's stages with their output sizes and parameters",
        source: .drawing(ArchitectureDrawing.svg(network, imageSize: imageSize)))
    }
  }

  /// The gradient norms of the first steps without clipping; few are better said in words.
  @Sendable static func unclipped(_ subject: ExperimentInProfile, _ name: String) -> Figure? {
    let (experiment, recording) = (subject.experiment, "unclipped")
    guard let run = experiment.runs.first, let steps = run.steps[recording], steps.rows.count >= 5
    else { return nil }
    let norms = (steps["gradient_norm"] ?? []).map { Double($0) ?? .nan }
    let finite = norms.filter(\.isDrawable)
    guard finite.contains(where: { $0 > 0 }) else { return nil }
    let limit = run.gradientNormLimit.map { ["limit = \(CSV.format($0))"] } ?? []
    let clipped =
      run.steps[""] == nil
      ? [] : ["clipped = \(Gnuplot.quoted(RunFile.steps.path(in: run.folder)))"]
    return Figure(
      name: name,
      caption: "Gradient norm of the first steps without clipping: \(experiment.label(run))",
      summary: "Line chart of the gradient norm by step on a logarithmic axis",
      source: .script(
        "unclipped",
        inputs: [
          "color = \(experiment.color)",
          "heading = \(Gnuplot.quoted(subject.results.heading([[run]])))",
          "unclipped = \(Gnuplot.quoted(RunFile.steps.path(in: "\(run.folder)/\(recording)")))",
          "steps = \(steps.rows.count)", "largest = \(CSV.format(finite.max() ?? 1))",
          "broken = \(norms.count - finite.count)", "dead = \(norms.count { $0 == 0 })",
        ] + limit + clipped))
  }

  /// The confusion matrix as a heat map.
  @Sendable static func confusion(_ subject: ExperimentInProfile, _ name: String) -> Figure? {
    guard let run = subject.experiment.representative?.runs[0],
      let classes = run.confusionMatrix
    else { return nil }
    let labels = classes.confusion.indices
    var table = Table(columns: ["label", "predicted", "images", "share"])
    for label in labels {
      for (predicted, images) in classes.confusion[label].enumerated() {
        let share = Double(images) / Double(max(1, classes.images(label)))
        table.append(["\(label)", "\(predicted)", "\(images)", CSV.format(share)])
      }
    }
    let (silenced, never) = (run.silencedClasses ?? [], run.neverPredictedClasses ?? [])
    let marks = labels.map { predicted in
      silenced.contains(predicted) ? "silenced" : never.contains(predicted) ? "never" : ""
    }
    let hatched = [
      ("silenced", "silenced classes"), ("never", "others that are never predicted"),
    ].filter { marks.contains($0.0) }.map(\.1).joined(separator: " and ")
    return Figure(
      name: name,
      caption: "Confusion matrix of \(subject.experiment.label(run)), in images"
        + (hatched.isEmpty ? "" : "; hatched: \(hatched)"),
      summary: "Heat map of images by label and prediction",
      source: .script(
        "confusion",
        inputs: [
          Gnuplot.table("confusion", table),
          Gnuplot.array("names", quoting: classes.names.map { $0.shortened(to: 24) }),
          Gnuplot.array("marks", quoting: marks),
          "heading = \(Gnuplot.quoted(subject.results.heading([[run]])))",
        ]))
  }

  /// The filters of the first convolution.
  @Sendable static func filters(_ subject: ExperimentInProfile, _ name: String) throws -> Figure? {
    guard let run = subject.experiment.representative?.runs[0], let filters = run.filters else {
      return nil
    }
    let path = RunFile.filters.path(in: run.folder)
    let colors = ["red", "green", "blue"].compactMap { filters.numbers($0) }
    guard colors.count == 3, let numbers = filters.numbers("filter"),
      let rows = filters.numbers("row"), filters.numbers("column") != nil
    else {
      throw Failure(.corrupt, "\(path): expected numbers: filter, row, column, red, green, blue")
    }
    // A single large weight would leave all others gray.
    let sizes = colors.joined().filter(\.isFinite).map(abs).sorted()
    let limit = sizes.isEmpty ? 0 : Statistics.quantile(0.99, of: sizes)
    let scale = Rounding.significant(limit)
    let count = Int(numbers.max() ?? 0) + 1
    return Figure(
      name: name,
      caption:
        "The \(count) filters of \(subject.experiment.label(run)); one scale for all: gray is 0, "
        + "black −\(scale) or less and white \(scale) or more, which 1 % of the weights exceed in size",
      summary: "The weights of each filter as a tiny color image",
      source: .script(
        "filters",
        inputs: [
          "filters = \(Gnuplot.quoted(path))", "limit = \(CSV.format(limit > 0 ? limit : 1))",
          "count = \(count)", "kernel = \(Int(rows.max() ?? 0) + 1)",
        ]))
  }

  // MARK: - Pictures

  /// Training images with the names of their classes, of the first run of the profile that has such a
  /// picture: with one seed they are the same in all experiments.
  @Sendable static func samples(_ subject: ExperimentInProfile, _ name: String) -> Figure? {
    func isShown(_ run: RunResults) -> Bool {
      run.pictures.contains(.samples) && run.record?.settings != nil
    }
    guard let (experiment, run) = subject.results.allRuns.first(where: { isShown($0.1) }),
      experiment.name == subject.experiment.name, let settings = run.record?.settings
    else { return nil }
    let names = run.record?.classNames ?? run.confusionMatrix?.names ?? []
    return Figure(
      name: name, caption: "Training images of \(experiment.label(run))",
      summary: "Rows of training images, each row with the name of its class",
      source: .sheet(
        PictureSheet(
          path: RunFile.samples.path(in: run.folder),
          side: Pictures.side(of: .samples, in: settings),
          words: .rows(Array(names.prefix(Pictures.sampleClasses))))))
  }

  /// The wrong answers with the highest losses, each with label and prediction.
  @Sendable static func mistakes(_ subject: ExperimentInProfile, _ name: String) throws -> Figure? {
    guard let run = subject.experiment.representative?.runs[0], run.pictures.contains(.mistakes),
      let settings = run.record?.settings, let predictions = run.predictions,
      let classes = run.confusionMatrix, let labels = predictions["label"],
      let predicted = predictions["predicted"]
    else { return nil }
    func named(_ label: String) -> String { Int(label).map { classes.names[$0] } ?? label }
    let worst = try TopLosses.rows(of: predictions, path: RunFile.predictions.path(in: run.folder))
      .prefix(TopLosses.shown)
    return Figure(
      name: name,
      caption:
        "The images that \(subject.experiment.label(run)) is most wrong about, each with its label "
        + "and the prediction",
      summary: "Validation images, each above its label and the wrong prediction",
      source: .sheet(
        PictureSheet(
          path: RunFile.mistakes.path(in: run.folder),
          side: Pictures.side(of: .mistakes, in: settings),
          words: .images(worst.map { [named(labels[$0]), "→ " + named(predicted[$0])] }))))
  }
}
