import Support

extension Report {
  /// All runs side by side, then beside the notebook's.
  func comparison() throws -> [String] {
    let table = Table(
      columns: [
        "experiment", "parameters", "epochs", "train loss", "train acc.", "val loss", "val acc.",
        "best", "in epoch", "silenced",
      ],
      rows: results.allRuns.map { experiment, run in
        let values = run.values
        let epochs = values["epochs"] ?? "–"
        return [
          experiment.label(run), values["parameters"] ?? "–",
          run.metrics.rows.count < run.schedule ? "\(epochs) of \(run.schedule)" : epochs,
        ]
          + [
            "train_loss", "train_accuracy", "val_loss", "val_accuracy", "best_val_accuracy",
            "best_epoch", "silenced_classes",
          ].map { values[$0] ?? "–" }
      })
    return [
      "## Comparison",
      "Losses and accuracies are from the last epoch; the best validation accuracy is listed with its "
        + "epoch. A class is silenced where its logit is 0 on at least 99 % of the validation "
        + "images: the ReLU after the last convolution holds it there, and the class is hardly ever "
        + "predicted.",
      table.markdown,
    ] + (try results.figures(in: .comparison)).map(embed) + (try notebook())
  }

  /// Our validation accuracies beside the notebook's; empty if there is nothing to compare.
  private func notebook() throws -> [String] {
    guard let curves = try NotebookCurves(for: results) else { return [] }
    var table = Table(columns: [
      "experiment", "epochs", "val accuracy", "notebook at that epoch", "notebook's epochs",
      "notebook's val accuracy", "difference",
    ])
    var compared: RunResults?
    for (experiment, run) in results.representatives {
      guard let name = NotebookCurves.name(of: experiment) else { continue }
      let theirs = curves.names.indices.filter { curves.names[$0] == name }
      guard let last = theirs.last else { continue }
      let sameEpoch = theirs.first { curves.epochs[$0] == run.final("epoch") }
      let difference = run.final("val_accuracy") - curves.accuracies[last]
      compared = compared ?? run
      table.append([
        experiment.name, run.values["epochs"] ?? "–", run.values["val_accuracy"] ?? "–",
        sameEpoch.map { Rounding.fraction(curves.accuracies[$0]) } ?? "–",
        Rounding.count(Int(curves.epochs[last])), Rounding.fraction(curves.accuracies[last]),
        (difference > 0 ? "+" : "") + Rounding.fraction(difference),
      ])
    }
    guard let compared else { return [] }
    return [
      "### Beside the notebook",
      conditions(of: compared, epochsThere: curves.schedule), table.markdown,
    ] + (try results.figures(in: .notebook)).map(embed)
  }

  /// The conditions of the notebook's training, compared with a run's.
  private func conditions(of run: RunResults, epochsThere: Int) -> String {
    let sizeThere = 224
    let size = run.record?.settings?.crop
    let epochs = run.schedule
    var text =
      "The notebook trained in PyTorch, on Imagenette at full size, \(sizeThere) px, for "
      + "\(epochsThere) epochs"
    text +=
      size == sizeThere && epochs == epochsThere
      ? ", as these runs do."
      : "; these runs see \(size.map(String.init) ?? "unknown") px for \(epochs) epochs."
    if epochs < epochsThere {
      text +=
        " In both the learning rate falls along half a cosine over the whole schedule, so the "
        + "figure's curves run over the share of the schedule. At an equal share the notebook has "
        + "seen \(Rounding.tenths(Double(epochsThere) / Double(epochs))) times as many images; at "
        + "an equal epoch its learning rate is still high where ours has already fallen."
    }
    return text
  }
}
