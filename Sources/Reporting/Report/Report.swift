import Support
import Training

/// Draws the figures of profiles and writes their reports, from the committed files alone.
///
/// - Parameters:
///   - profile: The folder's name below `reports/`; `nil` for every profile that has results.
///   - root: The package's folder.
/// - Returns: The files written, seen from the root.
/// - Throws: `Failure` with code 66 where there are no results or no gnuplot, 65 where a file is not
///   what it should be or prose names a value that there is not.
@discardableResult
package func weave(profile: String? = nil, root: String) throws -> [String] {
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
  let results: Results

  package init(_ results: Results) {
    self.results = results
  }

  /// The whole report in Markdown. The same files give the same bytes.
  package func text() throws -> String {
    var sections = ["# SqueezeNet: the experiments of profile `\(results.profile)`"]
    sections.append(
      "Woven by `make report` from the scripts in `experiments/` and the files beside this one. "
        + "To change a word or a number, change its source.")
    sections += partial() + warning()
    sections += try introduction()
    sections += try architecture()
    sections += try samples()
    for experiment in results.experiments { sections += try section(of: experiment) }
    sections += try comparison()
    sections += try classSection()
    sections += try mistakes()
    sections += try filters()
    sections += reproduction()
    return sections.joined(separator: "\n\n") + "\n"
  }

  /// Says what is missing, so that nobody takes a part for the whole.
  private func partial() -> [String] {
    let lines = results.experiments.flatMap { experiment in
      let gaps =
        experiment.runs.isEmpty && experiment.gaps.isEmpty ? ["not run yet"] : experiment.gaps
      return gaps.map { "> - \(experiment.name): \($0)" }
    }
    guard !lines.isEmpty else { return [] }
    return [(["> **Partial report.** Missing are:", ">"] + lines).joined(separator: "\n")]
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

  // MARK: - Experiments

  private func section(of experiment: ExperimentResults) throws -> [String] {
    let command = "`make experiment-\(experiment.name) PROFILE=\(results.profile)`"
    guard !experiment.runs.isEmpty else {
      return [
        "## \(experiment.name)",
        experiment.gaps.isEmpty
          ? "*Not run yet in this profile: \(command)*"
          : "*Nothing to show: \(experiment.gaps.joined(separator: "; ")). Again: \(command)*",
      ]
    }
    let script = LiterateScript(
      parsing: try Files.readText("\(results.root)/\(experiment.script)"))
    let placeholders = Placeholders(for: experiment, in: results)
    var parts = script.hasTitle ? [] : ["## \(experiment.name)"]
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
    if !experiment.gaps.isEmpty {
      parts.append(
        "> **Partial:** \(experiment.gaps.joined(separator: "; ")). To complete it: \(command)")
    }
    if let summary = experiment.summary { parts.append(readable(summary).markdown) }
    return parts + (try results.figures(of: experiment)).map(embed)
  }

  // MARK: - Results side by side

  private func comparison() throws -> [String] {
    var parts = [
      "## Comparison",
      "Losses and accuracies are those of the last epoch; the best validation accuracy stands with "
        + "its epoch. Silenced are classes whose logit is 0 on at least 99 % of the validation "
        + "images: the ReLU behind the last convolution holds it there, and the class is hardly ever "
        + "predicted.",
    ]
    let table = Table(
      columns: [
        "experiment", "parameters", "epochs", "train loss", "train acc.", "val loss", "val acc.",
        "best", "in epoch", "silenced",
      ],
      rows: results.allRuns.map { experiment, run in
        let values = run.values
        let epochs = values["epochs"] ?? "–"
        let isPartial = run.plannedEpochs.map { run.metrics.rows.count < $0 } ?? false
        return [
          experiment.label(run), values["parameters"] ?? "–",
          isPartial ? "\(epochs) of \(run.plannedEpochs ?? 0)" : epochs,
        ]
          + [
            "train_loss", "train_accuracy", "val_loss", "val_accuracy", "best_val_accuracy",
            "best_epoch", "silenced_classes",
          ].map { values[$0] ?? "–" }
      })
    parts.append(table.markdown)
    parts += results.comparisonFigures.map(embed)
    return parts + (try notebook())
  }

  /// Our validation accuracy beside the notebook's, nothing where there is nothing to compare.
  private func notebook() throws -> [String] {
    guard let curves = try results.notebookTable, let names = curves["experiment"],
      let epochs = curves.numbers("epoch"), let accuracies = curves.numbers("val_accuracy")
    else { return [] }
    var table = Table(columns: [
      "experiment", "epochs", "val accuracy", "notebook at that epoch", "notebook's epochs",
      "notebook's val accuracy", "difference",
    ])
    var compared: Run?
    for experiment in results.complete {
      guard let run = experiment.representative, let name = Results.notebookName(experiment) else {
        continue
      }
      let theirs = names.indices.filter { names[$0] == name }
      guard let last = theirs.last else { continue }
      let sameEpoch = theirs.first { epochs[$0] == run.final("epoch") }
      let difference = run.final("val_accuracy") - accuracies[last]
      compared = compared ?? run
      table.append([
        experiment.name, run.values["epochs"] ?? "–", run.values["val_accuracy"] ?? "–",
        sameEpoch.map { Rounding.fraction(accuracies[$0]) } ?? "–",
        Rounding.count(Int(epochs[last])), Rounding.fraction(accuracies[last]),
        (difference > 0 ? "+" : "") + Rounding.fraction(difference),
      ])
    }
    guard let compared else { return [] }
    return [
      "### Beside the notebook",
      whatDiffers(compared, epochsThere: Int(epochs.max() ?? 0)), table.markdown,
    ] + (try results.notebookFigure).map(embed)
  }

  /// What sets a run apart from the notebook's, in words.
  private func whatDiffers(_ run: Run, epochsThere: Int) -> String {
    let sizeThere = "224"
    let size = run.information["configuration.image_size"] ?? "unknown"
    let epochs = run.plannedEpochs ?? run.metrics.rows.count
    var text =
      "The notebook trained in PyTorch, on Imagenette at full size, \(sizeThere) px, for "
      + "\(epochsThere) epochs"
    text +=
      size == sizeThere && epochs == epochsThere
      ? ", as these runs do." : "; these runs see \(size) px for \(epochs) epochs."
    if epochs < epochsThere {
      text +=
        " In both the learning rate falls along half a cosine over the whole schedule, so the "
        + "figure's curves run over the share of the schedule. At an equal share the notebook has "
        + "seen \(Rounding.tenths(Double(epochsThere) / Double(epochs))) times as many images; at "
        + "an equal epoch its learning rate is still high where ours has already fallen."
    }
    return text
  }

  private func classSection() throws -> [String] {
    var parts: [String] = []
    for experiment in results.complete {
      guard let run = experiment.representative, let classes = try results.confusionMatrix(of: run)
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

  // MARK: - Images and filters

  /// Training images as the network sees them, of the first run that has such a picture.
  func samples() throws -> [String] {
    let shown = results.allRuns.first { $0.1.pictures.contains(.samples) }
    guard let (experiment, run) = shown else { return [] }
    let names = try results.confusionMatrix(of: run)?.names.prefix(Pictures.sampleClasses) ?? []
    let areNamed = !names.isEmpty && names.allSatisfy { Int($0) == nil }
    let rows = !areNamed ? "" : " From the top: \(names.joined(separator: ", "))."
    return [
      "## The images",
      "Training images as the network sees them in the first epoch, a row a class: resized to one "
        + "of three sizes, rotated, cropped and mirrored at random.\(rows)",
      embed(
        path: path(of: .samples, run), caption: "Training images of \(experiment.label(run))"),
    ]
  }

  private func mistakes() throws -> [String] {
    var parts: [String] = []
    for experiment in results.complete {
      guard let run = experiment.representative, let predictions = run.predictions,
        let classes = try results.confusionMatrix(of: run), let paths = predictions["path"],
        let labels = predictions["label"], let predicted = predictions["predicted"],
        let losses = predictions["loss"]?.map({ Double($0) ?? .nan }),
        let probabilities = predictions["probability"]?.map({ Double($0) ?? .nan })
      else { continue }
      let wrong = try TopLosses.rows(of: predictions, path: run.folder + "/predictions.csv")
      func name(_ label: String) -> String { Int(label).map { classes.names[$0] } ?? label }
      parts.append(
        "### \(experiment.label(run)): \(Rounding.count(wrong.count)) of "
          + "\(Rounding.count(labels.count)) images")
      guard !wrong.isEmpty else { continue }
      if run.pictures.contains(.mistakes) {
        parts.append(
          embed(
            path: path(of: .mistakes, run),
            caption: "What \(experiment.label(run)) is most wrong about, in the table's order, row "
              + "by row"))
      }
      parts.append(
        Table(
          columns: ["", "image", "label", "predicted", "probability", "loss"],
          rows: wrong.prefix(TopLosses.shown).enumerated().map { position, row in
            [
              "\(position + 1)", paths[row].markdownCode, name(labels[row]), name(predicted[row]),
              Rounding.fraction(probabilities[row]), Rounding.text(losses[row], of: "loss"),
            ]
          }
        ).markdown)
    }
    guard !parts.isEmpty else { return [] }
    return [
      "## Images the network gets wrong",
      "The wrong answers with the highest loss, as the network sees them: where it was most certain "
        + "of another class. The probability is that of the prediction.",
    ] + parts
  }

  private func filters() throws -> [String] {
    let figures = try results.complete.flatMap { try results.filtersFigure(of: $0) }
    guard !figures.isEmpty else { return [] }
    return [
      "## Filters of the first convolution",
      "What the first layer looks for: the weights of each filter as a tiny image, after the last "
        + "epoch. A filter whose squares are all gray looks at brightness alone; one whose squares all "
        + "have the same color looks for that color, wherever in its window it is.",
    ] + figures.map(embed)
  }

  // MARK: - Pieces

  func embed(_ figure: Figure) -> String { embed(path: figure.path, caption: figure.caption) }

  /// An image with its caption.
  ///
  /// - Parameters:
  ///   - path: The file, seen from the report.
  ///   - caption: A sentence without its period.
  /// - Returns: The image and below it the caption, in Markdown.
  func embed(path: String, caption: String) -> String {
    "![\(caption)](\(path))\n\n*\(caption).*"
  }

  /// A picture in a run's folder, seen from the report.
  private func path(of picture: Run.Picture, _ run: Run) -> String {
    "\(run.folder.dropFirst(results.folder.count + 1))/\(picture.rawValue)"
  }

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
          return column == Sweep.rateColumn
            ? Sweep.label(number) : Rounding.text(number, of: column)
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

extension Results {
  /// The confusion of a run, `nil` where it has no predictions.
  package func confusionMatrix(of run: Run) throws -> ConfusionMatrix? {
    guard let predictions = run.predictions else { return nil }
    let table = try Results.table("reports/reference/imagenette_classes.csv", root: root)
    let names = zip(table?["folder"] ?? [], table?["name"] ?? [])
    return try ConfusionMatrix(
      predictions: predictions, names: Dictionary(names) { first, _ in first },
      classes: run.information["configuration.classes"].flatMap { Int($0) },
      path: run.folder + "/predictions.csv")
  }
}
