import Support
import Training

extension Report {
  /// Training images as the network sees them, of the first run that has such a picture.
  func samples() throws -> [String] {
    let figures = try results.complete.flatMap { try results.figures(of: $0, in: .samples) }
    guard !figures.isEmpty else { return [] }
    return [
      "## The images",
      "Training images as the network sees them in the first epoch, one row per class: resized to "
        + "one of three sizes, rotated, cropped and mirrored at random.",
    ] + figures.map(embed)
  }

  /// The wrong answers of each experiment's representative run with the highest losses.
  func mistakes() throws -> [String] {
    var parts: [String] = []
    for (experiment, run) in results.representatives {
      guard let predictions = run.predictions, let classes = run.confusionMatrix,
        let paths = predictions["path"],
        let labels = predictions["label"], let predicted = predictions["predicted"],
        let losses = predictions["loss"]?.map({ Double($0) ?? .nan }),
        let probabilities = predictions["probability"]?.map({ Double($0) ?? .nan })
      else { continue }
      let wrong = try TopLosses.rows(
        of: predictions, path: RunFile.predictions.path(in: run.folder))
      func name(_ label: String) -> String { Int(label).map { classes.names[$0] } ?? label }
      parts.append(
        "### \(experiment.label(run)): \(Rounding.count(wrong.count)) of "
          + "\(Rounding.count(labels.count)) images")
      guard !wrong.isEmpty else { continue }
      parts += try results.figures(of: experiment, in: .mistakes).map(embed)
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

  /// The filters of the first convolution of each experiment's representative run.
  func filters() throws -> [String] {
    let figures = try results.complete.flatMap { try results.figures(of: $0, in: .filters) }
    guard !figures.isEmpty else { return [] }
    return [
      "## Filters of the first convolution",
      "The weights of each filter of the first layer as a tiny image, after the last epoch. A filter "
        + "whose squares are all gray responds to brightness alone; one whose squares all have the "
        + "same color responds to that color, wherever in its window it is.",
    ] + figures.map(embed)
  }
}
