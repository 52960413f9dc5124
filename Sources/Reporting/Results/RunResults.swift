import Datasets
import Support
import Training

/// The files of one run.
package struct RunResults: Sendable {
  package let arm: Arm
  package let seed: UInt64
  /// Its folder, relative to the package's root.
  package let folder: String
  /// One row per epoch, at least one.
  package let metrics: Table
  /// Its `run.json`, if it has one.
  package let record: RunRecord?
  /// One row per validation image, where the run is complete.
  package let predictions: Table?
  /// Its predictions counted, where it has any.
  package let confusionMatrix: ConfusionMatrix?
  /// The weights of the first convolution, one row per filter and position, where the run has them.
  package let filters: Table?
  /// The pictures in its folder.
  package let pictures: Set<RunFile>
  /// The recordings of single steps (`steps.csv`) by the name of their folder in that of the run:
  /// `unclipped`, and `""` for the run itself.
  package let steps: [String: Table]

  /// Reads a run's folder; `nil` if no epoch is complete.
  ///
  /// - Throws: `Failure` with code 65 if a file is malformed.
  init?(_ folder: String, arm: Arm, seed: UInt64, record: RunRecord?, root: String) throws {
    func table(_ file: RunFile) throws -> Table? {
      try Results.table(file.path(in: folder), root: root)
    }
    guard let metrics = try table(.metrics) else { return nil }
    for column in ["epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"] {
      guard metrics.numbers(column) != nil else {
        throw Failure(
          .corrupt,
          "\(RunFile.metrics.path(in: folder)): expected a column of numbers called \(column)")
      }
    }
    // Axes are as long as there are epochs.
    guard let epochs = metrics["epoch"],
      epochs.allSatisfy({ Int($0).map { (1...1_000_000).contains($0) } ?? false })
    else {
      throw Failure(
        .corrupt, "\(RunFile.metrics.path(in: folder)): expected epochs counted from 1")
    }
    self.arm = arm
    self.seed = seed
    self.folder = folder
    self.metrics = metrics
    self.record = record
    predictions = try table(.predictions)
    confusionMatrix = try predictions.map {
      try ConfusionMatrix(
        predictions: $0, names: record?.classNames, classes: record?.settings?.model.classes,
        path: RunFile.predictions.path(in: folder))
    }
    filters = try table(.filters)
    pictures = Set(
      [RunFile.samples, .mistakes].filter { Files.exists("\(root)/\($0.path(in: folder))") })
    var steps: [String: Table] = [:]
    steps[""] = try table(.steps)
    for name in Results.subfolders("\(root)/\(folder)") {
      steps[name] = try Results.table(RunFile.steps.path(in: "\(folder)/\(name)"), root: root)
    }
    self.steps = steps
  }

  /// The entries of `run.json` by their dotted names, without those that differ when the run is
  /// repeated. Prose can name them, and tables list them.
  package var entries: [String: String] {
    (record?.json.flattened ?? [:]).filter { !$0.key.hasPrefix("volatile.") }
  }

  /// The numbers of a metric, NaN where a field is not a number.
  package func numbers(_ column: String) -> [Double] {
    (metrics[column] ?? []).map { Double($0) ?? .nan }
  }

  /// The number of epochs in its settings, where they are known.
  package var plannedEpochs: Int? { record?.settings?.epochs }

  /// The epochs of its schedule; where they are not known, the epochs that it has.
  package var schedule: Int { plannedEpochs ?? metrics.rows.count }

  /// The norm that its gradients were clipped to, `nil` where they were not.
  package var gradientNormLimit: Double? { record?.settings?.recipe.gradientNormLimit }

  /// The missing part of the run in a few words, `nil` where it is complete.
  package var gap: String? {
    let epochs = metrics.rows.count
    let planned = plannedEpochs.map(String.init) ?? "?"
    if record?.status == .diverged { return "diverged in epoch \(epochs + 1) of \(planned)" }
    if let plannedEpochs, epochs < plannedEpochs, record?.status != .complete {
      return "\(epochs) of \(planned) epochs in \(RunFile.metrics.name)"
    }
    return predictions == nil ? "no \(RunFile.predictions.name)" : nil
  }

  /// Whether it reached its end.
  package var isComplete: Bool { record?.status.map { $0 == .complete } ?? (gap == nil) }

  /// A metric after the last epoch, as `Table.final` has it.
  package func final(_ metric: String) -> Double { metrics.final(metric) }

  /// The best validation accuracy and the first epoch that reached it; `nil` if every accuracy is NaN.
  package var best: (accuracy: Double, epoch: Int)? { EpochMetrics.best(of: metrics) }
}

extension Table {
  /// A metric of a `metrics.csv` after the last epoch, and as `best_val_accuracy` the best validation accuracy
  /// of all epochs; NaN without such a metric.
  func final(_ metric: String) -> Double {
    if metric == "best_val_accuracy" { return EpochMetrics.best(of: self)?.accuracy ?? .nan }
    return self[metric]?.last.flatMap { Double($0) } ?? .nan
  }
}

// MARK: - Classes

extension RunResults {
  /// The classes that no prediction names; `nil` without predictions.
  package var neverPredictedClasses: [Int]? {
    confusionMatrix.map { matrix in
      matrix.confusion.indices.filter { label in matrix.confusion.allSatisfy { $0[label] == 0 } }
    }
  }

  /// The classes that the ReLU after the last convolution silences; `nil` where they are not known.
  ///
  /// A record that is older than the list has their number alone. If as many classes are never predicted,
  /// it is these: the logits of a silenced class are not above 0, and another class's nearly always are.
  package var silencedClasses: [Int]? {
    if let classes = record?.silencedClasses { return classes }
    guard let count = record?.silencedClassCount else { return nil }
    let neverPredicted = count == 0 ? [] : neverPredictedClasses
    return neverPredicted?.count == count ? neverPredicted : nil
  }
}
