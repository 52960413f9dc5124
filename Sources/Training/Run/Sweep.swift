import Support

/// The runs of a sweep over dropout rates, each in a folder of its own, and their `summary.csv`.
package struct Sweep {
  let rates: [Double]
  let folder: String
  /// The identity that all runs share.
  let identity: RunIdentity
  /// Whether runs that an interrupted sweep has completed are kept.
  let resumes: Bool

  /// The label of a rate in folders, reports and prose, `0.50`: two decimals, or more if it has more.
  package static func label(_ rate: Double) -> String {
    let short = decimals(rate, 2)
    return Double(short) == rate ? short : CSV.format(rate)
  }

  /// Calls `train` with each rate that is not completed yet and the folder of its run.
  func run(_ train: (Double, String) throws -> Void) throws {
    try Files.createFolder(folder)
    var finished = resumes ? finishedLabels() : []
    var runs: [(rate: Double, metrics: Table)] = []
    for rate in rates {
      let label = Self.label(rate)
      let run = "\(folder)/\(label)"
      if !finished.contains(label) {
        try train(rate, run)
        finished.append(label)
        try Files.write(
          Table(columns: [identity.digest], rows: finished.map { [$0] }).text, to: journal)
      }
      let path = RunFile.metrics.path(in: run)
      let metrics = try Table(parsing: try Files.readText(path), name: path)
      // A run from before an interruption may have been damaged since.
      guard metrics.columns == EpochMetrics.columns, !metrics.rows.isEmpty else {
        throw Failure(.corrupt, "\(path): expected the columns of metrics and one row per epoch")
      }
      runs.append((rate, metrics))
    }
    try Files.write(Self.summary(of: runs).text, to: RunFile.summary.path(in: folder))
    Files.remove(journal)
  }

  /// The file that lists the completed runs, under a header that identifies the sweep's settings.
  private var journal: String { RunFile.journal.path(in: folder) }

  private func finishedLabels() -> [String] {
    guard let text = try? Files.readText(journal),
      let table = try? Table(parsing: text, name: journal),
      let labels = table[identity.digest]
    else { return [] }
    return labels.filter { Files.exists(RunFile.metrics.path(in: "\(folder)/\($0)")) }
  }

  // MARK: - Summary

  /// The column of the rates in a summary.
  package static let rateColumn = "dropout"

  /// `summary.csv`, from the rates and the `metrics.csv` of runs: one row per run with its final
  /// metrics and its best epoch.
  package static func summary(of runs: [(rate: Double, metrics: Table)]) -> Table {
    let finalColumns = ["train_loss", "train_accuracy", "val_loss", "val_accuracy"]
    return Table(
      columns: [rateColumn, "epochs"] + finalColumns + ["best_val_accuracy", "best_epoch"],
      rows: runs.map { rate, metrics in
        let best = bestEpoch(of: metrics)
        return [CSV.format(rate), "\(metrics.rows.count)"]
          + finalColumns.map { metrics[$0]?.last ?? "nan" }
          + [CSV.format(best?.accuracy ?? .nan), best.map { "\($0.epoch)" } ?? "nan"]
      })
  }

  /// The best validation accuracy of a `metrics.csv` and the first epoch that reached it; `nil` if no
  /// epoch is finished.
  package static func bestEpoch(of metrics: Table) -> (accuracy: Double, epoch: Int)? {
    let accuracies = (metrics["val_accuracy"] ?? []).map { Double($0) ?? .nan }
    guard let best = accuracies.filter({ !$0.isNaN }).max(),
      let row = accuracies.firstIndex(of: best),
      let epoch = metrics["epoch"].flatMap({ Int($0[row]) })
    else { return nil }
    return (best, epoch)
  }
}
