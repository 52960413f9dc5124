import Support
import Training

extension ExperimentResults {
  /// The metrics of `runs.csv` and `summary.csv`.
  static let summarizedMetrics = [
    "train_loss", "train_accuracy", "val_loss", "val_accuracy", "best_val_accuracy",
  ]

  /// `runs.csv`: a row for every run with at least one epoch, arm by arm. Only those whose status is
  /// `complete` count in `summary.csv`.
  package var runsTable: Table {
    let columns =
      sweptSettings + ["seed", "status", "epochs"] + Self.summarizedMetrics
      + ["best_epoch", "silenced_classes", "never_predicted_classes"]
    return Table(
      columns: columns,
      rows: runs.map { run in
        let status =
          run.isComplete ? "complete" : run.record?.status == .diverged ? "diverged" : "partial"
        let classes = [run.record?.silencedClassCount, run.neverPredictedClasses?.count]
        return sweptSettings.map { run.arm[$0] ?? "" }
          + ["\(run.seed)", status, "\(run.metrics.rows.count)"]
          + Self.summarizedMetrics.map { CSV.format(run.final($0)) }
          + ([run.best?.epoch] + classes).map { $0.map(String.init) ?? "nan" }
      })
  }

  /// `summary.csv`: a row for every arm. `low` and `high` are Student's 95 % interval of the mean.
  package var summaryTable: Table {
    Table(
      columns: sweptSettings + ["n"]
        + Self.summarizedMetrics.flatMap { metric in
          ["mean", "sd", "low", "high"].map { "\(metric)_\($0)" }
        },
      rows: arms.map { arm in
        sweptSettings.map { arm.arm[$0] ?? "" } + ["\(arm.completeRuns.count)"]
          + Self.summarizedMetrics.flatMap { metric in
            let summary = arm.final(metric)
            return [
              summary.mean, summary.standardDeviation ?? .nan, summary.interval?.lowerBound ?? .nan,
              summary.interval?.upperBound ?? .nan,
            ].map(CSV.format)
          }
      })
  }
}

extension Results {
  /// Writes `runs.csv` and `summary.csv` of every experiment that has been run.
  ///
  /// - Returns: The files written, relative to the root.
  func writeTables() throws -> [String] {
    try complete.flatMap { experiment in
      let tables = [
        (RunFile.runs, experiment.runsTable), (.summary, experiment.summaryTable),
      ]
      return try tables.map { file, table in
        let path = file.path(in: experiment.folder)
        try Files.write(table.text, to: "\(root)/\(path)")
        return path
      }
    }
  }
}
