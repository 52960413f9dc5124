import Support

/// A run that has ended, complete or diverged, in the folder of its files.
struct FinishedRun {
  let record: RunRecord
  private let folder: String

  /// The finished run in a folder; `nil` if there is none. A record that cannot be read is one of a run
  /// that must not be lost, too.
  init?(in folder: String) {
    let path = RunFile.record.path(in: folder)
    guard Files.exists(path), Files.exists(RunFile.metrics.path(in: folder)) else { return nil }
    self.folder = folder
    record =
      (try? Files.readText(path)).flatMap { try? RunRecord(parsing: $0, name: path) }
      ?? RunRecord(.object([:]))
  }

  /// Whether everything that a run with these settings leaves behind is there and whole. The weights of a run
  /// whose results came from a repository are not.
  func has(_ settings: Settings) -> Bool {
    guard record.status == .complete else { return true }
    let weights = try? Files.read(RunFile.weights.path(in: folder))
    guard let weights, SHA256.hash(weights) == record.finalWeights, accuracy != nil,
      let images = record.validationImages, table(.predictions)?.rows.count == images
    else { return false }
    return !settings.logsSteps || Files.exists(RunFile.steps.path(in: folder))
  }

  /// The validation accuracy after the last epoch, as `metrics.csv` has it; `nil` if that is damaged.
  var accuracy: Double? { table(.metrics)?.numbers("val_accuracy")?.last }

  private func table(_ file: RunFile) -> Table? {
    let path = file.path(in: folder)
    return (try? Files.readText(path)).flatMap { try? Table(parsing: $0, name: path) }
  }

  /// Whether a run that differs replaces this one unasked. A training that diverged left no weights, and
  /// another one may not diverge; where only the code differs, git must have the files.
  func isReplaceable(by differences: [String]) -> Bool {
    record.status == .diverged || differences.areOfCodeAlone && isCommitted
  }

  /// Whether git has all of its files as they are, so that nothing is lost by replacing them.
  var isCommitted: Bool {
    let unfinished = [RunFile.checkpoint, .partialBest, .lock].map(\.name)
    return Git(root: folder).hasUnchanged(except: unfinished)
  }
}
