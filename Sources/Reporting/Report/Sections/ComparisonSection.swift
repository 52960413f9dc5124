import Support

extension Report {
  /// All arms side by side, then beside the notebook's runs and other people's.
  func comparison() throws -> [String] {
    let metrics = ExperimentResults.summarizedMetrics
    let arms = Table(
      columns: [
        "arm", "n", "parameters", "epochs", "train loss", "train acc.", "val loss", "val acc.",
        "best",
      ],
      rows: results.complete.flatMap(\.arms).map { arm in
        [
          arm.label, arm.final("val_accuracy").countText,
          arm.runs[0].record?.parameterCount.map(Rounding.count) ?? "–", "\(arm.runs[0].schedule)",
        ] + metrics.map { arm.final($0).meanText }
      })
    return [
      "## Comparison",
      "Losses and accuracies are from the last epoch, means over seeds ± standard deviations; the best "
        + "validation accuracy is that of any epoch: chosen by the validation images themselves, it "
        + "flatters.",
      arms.markdown,
    ] + imageByImage() + [everyRun] + (try results.figures(in: .comparison)).map(embed)
      + (try notebook()) + (try board())
  }

  /// Every run in a row of its own, folded away.
  private var everyRun: String {
    let table = Table(
      columns: [
        "run", "epochs", "train loss", "train acc.", "val loss", "val acc.", "95 % interval",
        "best",
        "in epoch", "silenced",
      ],
      rows: results.allRuns.map { experiment, run in
        let epochs = run.metrics.rows.count
        let counted = run.confusionMatrix?.recognized()
        let interval = counted.flatMap { right, images in
          images > 0 ? Statistics.wilsonInterval(successes: right, of: images).text : nil
        }
        let fields = ["train_loss", "train_accuracy", "val_loss", "val_accuracy"].map {
          Rounding.text(run.final($0), of: $0)
        }
        return [
          experiment.label(run),
          epochs < run.schedule ? "\(epochs) of \(run.schedule)" : "\(epochs)",
        ] + fields + [
          interval ?? "–", run.best.map { Rounding.fraction($0.accuracy) } ?? "–",
          run.best.map { "\($0.epoch)" } ?? "–",
          run.record?.silencedClassCount.map(String.init) ?? "–",
        ]
      })
    return "<details><summary>Every run</summary>\n\n"
      + "The interval is Wilson's of a single run's validation accuracy: how far it may be off because "
      + "there are only so many images.\n\n\(table.markdown)\n\n</details>"
  }

  /// The compared arms' runs with the first common seed on the same images; empty without comparisons.
  private func imageByImage() -> [String] {
    let rows = results.comparisons.compactMap { comparison -> [String]? in
      guard let pairs = comparison.predictions, let run = comparison.pairs.first?.run else {
        return nil
      }
      return [
        comparison.arm.label, comparison.other.label, "\(run.seed)", Rounding.count(pairs.images),
        Rounding.count(pairs.onlyFirst), Rounding.count(pairs.onlySecond),
        Rounding.signed(pairs.difference), pairs.interval.differenceText,
        Rounding.probability(pairs.pValue),
      ]
    }
    guard !rows.isEmpty else { return [] }
    return [
      "Two runs with the same seed, image by image: the images on which only one of them is right, the "
        + "paired bootstrap's 95 % interval of the difference, and the p-value of McNemar's exact test. "
        + "They tell two networks apart, not two recipes, which differ from seed to seed:",
      Table(
        columns: [
          "arm", "compared with", "seed", "images", "only the arm right", "only the other right",
          "difference", "95 % interval", "p-value",
        ], rows: rows
      ).markdown,
    ]
  }

  /// Our validation accuracies beside the notebook's; empty if there is nothing to compare.
  private func notebook() throws -> [String] {
    guard let curves = try NotebookCurves(for: results) else { return [] }
    var table = Table(columns: [
      "experiment", "n", "epochs", "val accuracy", "notebook at that epoch", "notebook's epochs",
      "notebook's val accuracy", "difference",
    ])
    var compared: RunResults?
    for experiment in results.complete {
      guard let name = NotebookCurves.name(of: experiment), let arm = experiment.representative,
        !arm.completeRuns.isEmpty
      else { continue }
      let theirs = curves.names.indices.filter { curves.names[$0] == name }
      guard let last = theirs.last else { continue }
      let run = arm.completeRuns[0]
      let sameEpoch = theirs.first { curves.epochs[$0] == run.final("epoch") }
      let accuracy = arm.final("val_accuracy")
      compared = compared ?? run
      table.append([
        experiment.name, accuracy.countText, Rounding.text(run.final("epoch"), of: "epochs"),
        accuracy.meanText, sameEpoch.map { Rounding.fraction(curves.accuracies[$0]) } ?? "–",
        Rounding.count(Int(curves.epochs[last])), Rounding.fraction(curves.accuracies[last]),
        Rounding.signed(accuracy.mean - curves.accuracies[last]),
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
      "The notebook trained in PyTorch, once for each, on Imagenette at full size, \(sizeThere) px, for "
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

  /// The board of Imagenette as context; empty for other images.
  private func board() throws -> [String] {
    guard results.isOnImagenette else { return [] }
    let entries = try ImagenetteBoard.all(root: results.root)
    guard let first = entries.first else { return [] }
    let accuracies = entries.map {
      "\(Rounding.tenths($0.accuracy * 100)) % in \($0.epochs) epochs at \($0.imageSize) px (mean of "
        + "\($0.runs) runs)"
    }
    return [
      "### Beside other people's networks",
      "For orientation, [fastai's board of Imagenette](\(first.source)) lists "
        + "\(accuracies.joined(separator: " and ")). Those are other networks with other recipes, made "
        + "for accuracy; weights trained on other images are not allowed there either.",
    ]
  }
}
