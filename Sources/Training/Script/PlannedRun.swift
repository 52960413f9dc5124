import Support

/// One of the runs of an experiment: an arm with a seed, and where its files go.
package struct PlannedRun: Sendable {
  /// Its place among the experiment's runs, from 0.
  package let index: Int
  package let arm: Arm
  package internal(set) var settings: Settings
  /// The folder of its files.
  package let folder: String
  /// The command that repeats it anywhere.
  let command: String

  package var seed: UInt64 { settings.seed }

  /// Its name in messages: `norm seed 0`, `dropout 0.25 seed 1`.
  func title(in experiment: String) -> String { "\(arm.label(in: experiment)) seed \(seed)" }

  /// How far the run is, as the list of runs says it. The data are not looked at.
  func state(code: String?) -> String {
    if RunFolder.isHeld(folder) { return "at work" }
    switch FinishedRun(in: folder) {
    case let finished?:
      let identity = RunIdentity(
        settings: settings, dataFingerprint: nil, initialWeights: nil, code: code)
      let differences = identity.differences(from: finished.record)
      if !differences.isEmpty { return "another run: \(differences.joined(separator: "; "))" }
      return finished.record.status == .diverged ? "diverged" : "done"
    case nil:
      guard let partial = try? PartialRun(in: folder) else { return "not started" }
      return "stopped after epoch \(partial.metrics.rows.count) of \(settings.epochs)"
    }
  }
}
