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

  /// How far the run is, and what becomes of it, as the list of runs says it. The data are not looked at.
  func state(code: String?, replacesFinished: Bool) -> String {
    let isAtWork = RunFolder.isHeld(folder)
    if !isAtWork, let finished = FinishedRun(in: folder) {
      var settings = settings
      settings.model.classes = finished.record.settings?.model.classes ?? settings.model.classes
      let identity = RunIdentity(
        settings: settings, dataFingerprint: nil, initialWeights: nil, code: code)
      let differences = identity.differences(from: finished.record)
      guard differences.isEmpty else {
        let isReplaced = replacesFinished || finished.isReplaceable(by: differences)
        return (isReplaced ? "to be replaced: " : "another run: ")
          + differences.joined(separator: "; ")
      }
      if finished.record.status == .diverged { return "diverged" }
      return finished.has(settings) ? "done" : "to be made again"
    }
    guard let partial = try? PartialRun(in: folder) else {
      return isAtWork ? "at work" : "not started"
    }
    return "\(isAtWork ? "at work" : "stopped") after epoch \(partial.metrics.rows.count)"
      + " of \(settings.epochs)"
  }
}
