import Foundation
import Support
import Training

/// The figures of runs at work, drawn again whenever one of them completes an epoch.
///
/// The rows come from the runs' checkpoints. They are drawn in a scratch folder, beside copies of the
/// other experiments' results; nothing is written to `reports/`.
package final class LiveView {
  /// A page with all figures that reloads itself in a browser.
  package var page: String { "\(scratch)/index.html" }

  /// A run's folder below `reports/`.
  private struct Place: Hashable {
    let profile: String
    let experiment: String
    let arm: Arm
    let seed: UInt64

    var path: String { "reports/\(profile)/\(experiment)/\(arm.folder(seed: seed))" }
    var label: String { "\(arm.label(in: experiment)) seed \(seed)" }
  }

  /// The state of a run that has been seen at work.
  private enum State {
    /// Before its first epoch is complete.
    case beginning
    case partial(PartialRun, isAtWork: Bool)
    case done(metrics: Table?)
  }

  private let root: String
  private let scratch: String
  private let experiments: [String]
  private let profiles: [String]
  /// The runs that have been seen at work.
  private var runs: [Place: State] = [:]
  /// The last report about each.
  private var reported: [Place: String] = [:]
  /// The number of looks in a row that found no run at work, after there had been one.
  private var idleLooks = 0

  /// - Parameters:
  ///   - experiment: Only runs of this experiment; `nil` for all.
  ///   - profile: Only runs of this profile; `nil` for all.
  ///   - root: The package's folder.
  ///   - scratch: Where to draw; replaced.
  /// - Throws: `Failure` with code 66 if there is no such experiment, 73 if the scratch folder
  ///   cannot be made.
  package init(experiment: String?, profile: Profile?, root: String, scratch: String) throws {
    let known = Results.scripts(root: root)
    if let experiment, !known.contains(experiment) {
      throw Failure(
        .missing,
        "no experiments/\(experiment)/main.swift; there are: \(known.joined(separator: ", "))")
    }
    experiments = experiment.map { [$0] } ?? known
    profiles = (profile.map { [$0] } ?? Profile.allCases).map(\.rawValue)
    self.root = root
    self.scratch = scratch
    let manager = FileManager.default
    try? manager.removeItem(atPath: scratch)
    try Files.createFolder("\(scratch)/reports")
    for path in ["experiments", "reports/plots"] {
      try? manager.createSymbolicLink(
        at: URL(fileURLWithPath: "\(scratch)/\(path)"),
        withDestinationURL: URL(fileURLWithPath: "\(root)/\(path)").absoluteURL)
    }
  }

  /// Looks at the runs, and redraws the figures where one has changed.
  ///
  /// - Returns: One line per run that has changed, and whether all runs that were seen have ended.
  package func look() throws -> (lines: [String], isOver: Bool) {
    let atWork = places.filter { RunFolder.isHeld("\(root)/\($0.path)") }
    // An experiment's runs follow each other with a pause of a moment.
    idleLooks = atWork.isEmpty && !runs.isEmpty ? idleLooks + 1 : 0
    for place in atWork where runs[place] == nil { runs[place] = .beginning }
    for place in runs.keys {
      runs[place] = try state(of: place, isAtWork: atWork.contains(place))
    }
    let changed = runs.keys.filter { reported[$0] != text($0) }.sorted { $0.path < $1.path }
    for place in changed { reported[place] = text(place) }
    if !changed.isEmpty { try draw() }
    return (changed.map { "\($0.label), profile \($0.profile): \(text($0))" }, idleLooks > 1)
  }

  /// All folders that may hold a run.
  private var places: [Place] {
    profiles.flatMap { profile in
      experiments.flatMap { places(of: $0, profile: profile) }
    }
  }

  private func places(of experiment: String, profile: String) -> [Place] {
    ExperimentResults.runs(in: "\(root)/reports/\(profile)/\(experiment)").flatMap { arm, seeds in
      seeds.map { Place(profile: profile, experiment: experiment, arm: arm, seed: $0) }
    }
  }

  private func state(of place: Place, isAtWork: Bool) throws -> State {
    do {
      return .partial(try PartialRun(in: "\(root)/\(place.path)"), isAtWork: isAtWork)
    } catch let failure as Failure where failure.code == .missing {
      // There is no checkpoint before the first epoch is complete, nor when the run is.
      return isAtWork
        ? .beginning
        : .done(metrics: try Results.table(RunFile.metrics.path(in: place.path), root: root))
    }
  }

  /// A run's state in words.
  private func text(_ place: Place) -> String {
    func progress(_ metrics: Table?, of epochs: Int? = nil) -> String {
      guard let metrics, let accuracy = metrics.numbers("val_accuracy")?.last else {
        return "no epoch yet"
      }
      return "epoch \(metrics.rows.count)" + (epochs.map { " of \($0)" } ?? "")
        + ", validation accuracy \(Rounding.fraction(accuracy))"
    }
    switch runs[place] {
    case .partial(let run, let isAtWork):
      return (isAtWork ? "" : "stopped: ")
        + progress(run.metrics, of: run.record.settings?.epochs)
    case .done(let metrics): return "done: \(progress(metrics))"
    default: return progress(nil)
    }
  }

  /// Draws all figures and writes the page.
  private func draw() throws {
    var parts = runs.keys.sorted { $0.path < $1.path }.map { "<p>\($0.label): \(text($0))</p>" }
    for profile in Set(runs.keys.map(\.profile)).sorted() {
      try copyResults(profile: profile)
      let results = try Results(profile: profile, root: scratch)
      let watched = Set(runs.keys.filter { $0.profile == profile }.map(\.experiment))
      let figures =
        try results.complete.filter { watched.contains($0.name) }
        .flatMap { try results.figures(of: $0, in: .experiment) }
        + results.figures(in: .comparison)
      try Files.createFolder("\(scratch)/\(results.folder)/figures")
      for figure in figures {
        let path = "\(results.folder)/\(figure.path)"
        try Files.write(try figure.draw(root: scratch), to: "\(scratch)/\(path)")
        parts.append("<img src=\"\(path)\" alt=\"\(figure.caption)\">")
      }
    }
    try Files.write(
      """
      <!doctype html>
      <meta charset="utf-8">
      <meta http-equiv="refresh" content="5">
      <title>Runs at work</title>
      <style>
      :root { color-scheme: light dark }
      body { font: 16px sans-serif }
      img { width: 45%; min-width: 30em; margin: 1% }
      </style>
      \(parts.joined(separator: "\n"))

      """, to: page)
  }

  /// Copies the results of a profile into the scratch folder: of the runs seen at work the epochs so
  /// far, of all others everything.
  private func copyResults(profile: String) throws {
    for name in Results.scripts(root: root) {
      let folder = "reports/\(profile)/\(name)"
      try? FileManager.default.removeItem(atPath: "\(scratch)/\(folder)")
      for place in places(of: name, profile: profile) {
        switch runs[place] {
        case .partial(let run, _):
          let copy = "\(scratch)/\(place.path)"
          try Files.createFolder(copy)
          try Files.write(run.metrics.text, to: RunFile.metrics.path(in: copy))
          try Files.write(run.record.json.text, to: RunFile.record.path(in: copy))
        case .beginning: break
        case .done, nil: try copy(place.path)
        }
        for subfolder in Results.subfolders("\(root)/\(place.path)") {
          try copy("\(place.path)/\(subfolder)")
        }
      }
    }
  }

  /// Copies the files that figures of curves need from a folder of results.
  private func copy(_ folder: String) throws {
    for file in [RunFile.metrics, .steps, .record] {
      let path = file.path(in: folder)
      guard Files.exists("\(root)/\(path)") else { continue }
      try Files.createFolder("\(scratch)/\(folder)")
      try Files.write(try Files.read("\(root)/\(path)"), to: "\(scratch)/\(path)")
    }
  }
}
