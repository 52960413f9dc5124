import Foundation
import Support
import Training

/// The figures of runs at work, drawn again whenever one of them has done an epoch.
///
/// The rows come from the runs' checkpoints. They are drawn in a scratch folder, beside copies of the
/// results that the profile's other experiments have; in `reports/` nothing is written.
package final class LiveView {
  /// A page with all figures that reloads itself in a browser.
  package var page: String { "\(scratch)/index.html" }

  /// A run's folder below `reports/`.
  private struct Place: Hashable {
    let profile: String
    let experiment: String
    /// What tells it from the other runs of a sweep.
    let rate: String?

    var path: String { "reports/\(profile)/\(experiment)" + (rate.map { "/\($0)" } ?? "") }
    var label: String { experiment + (rate.map { " \($0)" } ?? "") }
  }

  /// How far a run has come.
  private enum Stage {
    case beginning
    /// With the files `metrics.csv` and `run.json` as far as they can be told.
    case partial(metrics: Table, record: JSON, isAtWork: Bool)
    case done(metrics: Table?)
  }

  private let root: String
  private let scratch: String
  private let experiments: [String]
  private let profiles: [String]
  /// The runs that have been seen at work.
  private var runs: [Place: Stage] = [:]
  /// What has been said of them.
  private var reported: [Place: String] = [:]
  /// How often in a row no run was at work, since there was one.
  private var idleLooks = 0

  /// - Parameters:
  ///   - experiment: Only runs of this experiment; `nil` for all.
  ///   - profile: Only runs of this profile; `nil` for all.
  ///   - root: The package's folder.
  ///   - scratch: Where to draw; replaced.
  /// - Throws: `Failure` with code 66 where there is no such experiment, 73 where the scratch folder
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

  /// Looks after the runs and redraws what has changed.
  ///
  /// - Returns: Lines that say what has changed, and whether the runs that were seen have ended.
  package func look() throws -> (lines: [String], isOver: Bool) {
    let atWork = places.filter { RunFolder.isHeld("\(root)/\($0.path)") }
    // The runs of a sweep follow each other with a pause of a moment.
    idleLooks = atWork.isEmpty && !runs.isEmpty ? idleLooks + 1 : 0
    for place in atWork where runs[place] == nil { runs[place] = .beginning }
    for place in runs.keys {
      runs[place] = try stage(of: place, isAtWork: atWork.contains(place))
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
    let rates = Results.subfolders("\(root)/reports/\(profile)/\(experiment)")
      .filter { Double($0) != nil }
    return ([nil] + rates).map { Place(profile: profile, experiment: experiment, rate: $0) }
  }

  private func stage(of place: Place, isAtWork: Bool) throws -> Stage {
    do {
      let run = try PartialRun(in: "\(root)/\(place.path)")
      return .partial(
        metrics: run.metrics, record: .object(["configuration": run.configuration]),
        isAtWork: isAtWork)
    } catch let failure as Failure where failure.code == .missing {
      // There is no checkpoint before the first epoch is done, nor when the run is complete.
      return isAtWork
        ? .beginning : .done(metrics: try Results.table("\(place.path)/metrics.csv", root: root))
    }
  }

  /// What to say of a run.
  private func text(_ place: Place) -> String {
    func state(_ metrics: Table?, of epochs: String? = nil) -> String {
      guard let metrics, let accuracy = metrics.numbers("val_accuracy")?.last else {
        return "no epoch yet"
      }
      return "epoch \(metrics.rows.count)" + (epochs.map { " of \($0)" } ?? "")
        + ", validation accuracy \(Rounding.fraction(accuracy))"
    }
    switch runs[place] {
    case .partial(let metrics, let record, let isAtWork):
      return (isAtWork ? "" : "stopped: ")
        + state(metrics, of: record.flattened["configuration.epochs"])
    case .done(let metrics): return "done: \(state(metrics))"
    default: return state(nil)
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
        .flatMap { try results.figures(of: $0) } + results.comparisonFigures
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

  /// Brings the results of a profile into the scratch folder: of the runs seen at work what they have
  /// so far, of a sweep's others those that it has finished, of other experiments all.
  private func copyResults(profile: String) throws {
    for name in Results.scripts(root: root) {
      let folder = "reports/\(profile)/\(name)"
      try? FileManager.default.removeItem(atPath: "\(scratch)/\(folder)")
      let isWatched = runs.keys.contains { $0.profile == profile && $0.experiment == name }
      let finished = try Results.table("\(folder)/sweep.partial", root: root)?.rows.map { $0[0] }
      for place in places(of: name, profile: profile) {
        switch runs[place] {
        case .partial(let metrics, let record, _):
          try Files.createFolder("\(scratch)/\(place.path)")
          try Files.write(metrics.text, to: "\(scratch)/\(place.path)/metrics.csv")
          try Files.write(record.text, to: "\(scratch)/\(place.path)/run.json")
        case .beginning: break
        case .done: try copy(place.path)
        case nil:
          let isFinished = place.rate.map { finished?.contains($0) ?? false } ?? false
          if !isWatched || isFinished { try copy(place.path) }
        }
      }
      for subfolder in Results.subfolders("\(root)/\(folder)") where Double(subfolder) == nil {
        try copy("\(folder)/\(subfolder)")
      }
    }
  }

  /// Copies what figures of curves need from a folder of results.
  private func copy(_ folder: String) throws {
    for name in ["metrics.csv", "steps.csv", "summary.csv", "run.json"] {
      let path = "\(folder)/\(name)"
      guard Files.exists("\(root)/\(path)") else { continue }
      try Files.createFolder("\(scratch)/\(folder)")
      try Files.write(try Files.read("\(root)/\(path)"), to: "\(scratch)/\(path)")
    }
  }
}
