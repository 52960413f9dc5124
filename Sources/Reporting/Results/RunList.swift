import Foundation
import Support
import Training

/// All runs that there are below `reports/`, finished or not.
package struct RunList: Sendable {
  /// One row per run: where it is, the settings in which the runs differ, how far it is, and its metrics.
  /// Numbers have all of their digits; those that are not known are `nan`.
  package let table: Table

  /// Finds and reads runs.
  ///
  /// - Parameters:
  ///   - profile: Only runs of this profile; `nil` for all.
  ///   - column: The column that the rows are sorted by: accuracies from the highest, other numbers from the
  ///     lowest, words by the alphabet, what is not known last. `nil` for the order of folders.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 66 if there are none, 65 if a file is malformed, 64 if there is no such
  ///   column.
  package init(profile: String? = nil, sortedBy column: String? = nil, root: String) throws {
    let profiles = profile.map { [$0] } ?? Results.subfolders("\(root)/reports")
    let runs = try profiles.flatMap { try ListedRun.all(profile: $0, root: root) }
    guard !runs.isEmpty else {
      throw Failure(
        .missing,
        "reports/\(profile ?? ""): no runs; run: make experiment-norm PROFILE=\(profile ?? "demo")")
    }
    let settings = Settings.table.filter { row in
      row.isRecorded && !["--profile", "--seed", "--epochs"].contains(row.name)
        && Set(runs.compactMap { $0.settings.map(row.text) }).count > 1
    }
    let columns: [String] =
      ["profile", "experiment", "arm", "seed"] + settings.map(\.label) + ["epochs"] + Self.metrics
      + ["silenced_classes", "never_predicted_classes", "seconds", "state"]
    let table = Table(
      columns: columns, rows: runs.map { $0.row(settings: settings, metrics: Self.metrics) })
    guard let column else {
      self.table = table
      return
    }
    guard let fields = table[column] else {
      throw Failure(
        .usage, "--sort: no column '\(column)'; there are \(columns.joined(separator: ", "))")
    }
    let keys = fields.map { SortKey($0, isDescending: column.hasSuffix("accuracy")) }
    let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    self.table = Table(columns: columns, rows: order.map { table.rows[$0] })
  }

  /// The runs for a terminal.
  package var text: String { rounded.aligned }

  /// The runs in Markdown.
  package var markdown: String { rounded.markdown + "\n" }

  private static let metrics = ["val_accuracy", "best_val_accuracy", "val_loss"]

  /// The table with fewer digits, for people.
  private var rounded: Table {
    Table(
      columns: table.columns,
      rows: table.rows.map { row in
        zip(table.columns, row).map { column, field in
          guard !["", "nan"].contains(field) else { return "–" }
          guard let number = Double(field), number.isFinite else { return field }
          if column == "seconds" { return Rounding.tenths(number) }
          return Self.metrics.contains(column) ? Rounding.text(number, of: column) : field
        }
      })
  }
}

/// The place of a field in a sorted column: numbers come before words, and what is not known comes last.
private enum SortKey: Comparable {
  case number(Double)
  case word(String)
  case unknown

  init(_ field: String, isDescending: Bool) {
    if let number = Double(field), !number.isNaN {
      self = .number(isDescending ? -number : number)
    } else {
      self = ["", "nan"].contains(field) ? .unknown : .word(field)
    }
  }
}

/// A run with what is known about it.
private struct ListedRun {
  let profile: String
  let experiment: String
  let arm: Arm
  let seed: UInt64
  let settings: Settings?
  let metrics: Table?
  var silencedClasses: Int?
  var neverPredictedClasses: Int?
  var seconds: Double?
  let state: String

  /// The fields of its row.
  func row(settings rows: [Setting], metrics names: [String]) -> [String] {
    let values: [String] = rows.map { row in settings.map(row.text) ?? "" }
    let epochs = metrics?.rows.count ?? 0
    let counts = [silencedClasses, neverPredictedClasses].map { $0.map(String.init) ?? "nan" }
    return [profile, experiment, arm.folder, "\(seed)"] + values + ["\(epochs)"]
      + names.map { CSV.format(metrics?.final($0) ?? .nan) } + counts + [
        CSV.format(seconds ?? .nan), state,
      ]
  }

  /// The runs of a profile.
  static func all(profile: String, root: String) throws -> [ListedRun] {
    let folder = "reports/\(profile)"
    let (names, scripts) = (Results.subfolders("\(root)/\(folder)"), Results.scripts(root: root))
    let experiments = scripts.filter(names.contains) + names.filter { !scripts.contains($0) }
    return try experiments.flatMap { experiment in
      try ExperimentResults.runs(in: "\(root)/\(folder)/\(experiment)").flatMap { arm, seeds in
        try seeds.compactMap { seed in
          try ListedRun(
            profile: profile, experiment: experiment, arm: arm, seed: seed,
            in: "\(folder)/\(experiment)/\(arm.folder(seed: seed))", root: root)
        }
      }
    }
  }

  /// Reads a run's folder; `nil` if there is no run in it.
  private init?(
    profile: String, experiment: String, arm: Arm, seed: UInt64, in folder: String, root: String
  ) throws {
    (self.profile, self.experiment, self.arm, self.seed) = (profile, experiment, arm, seed)
    let recordPath = RunFile.record.path(in: folder)
    let record =
      Files.exists("\(root)/\(recordPath)")
      ? try RunRecord(parsing: try Files.readText("\(root)/\(recordPath)"), name: recordPath) : nil
    let isAtWork = RunFolder.isHeld("\(root)/\(folder)")
    // The results of an earlier run stay until those of one that is at work replace them.
    if !isAtWork, let record {
      let results = try RunResults(folder, arm: arm, seed: seed, record: record, root: root)
      (settings, metrics, seconds) = (record.settings, results?.metrics, record.wallSeconds)
      silencedClasses = record.silencedClassCount
      neverPredictedClasses = results?.neverPredictedClasses?.count
      state = record.status == .diverged ? "diverged" : "complete"
    } else if let partial = try Self.partial(in: "\(root)/\(folder)") {
      (settings, metrics) = (partial.record.settings, partial.metrics)
      let epochs = settings.map { " of \($0.epochs)" } ?? ""
      state = isAtWork ? "at work" : "stopped after epoch \(partial.metrics.rows.count)\(epochs)"
    } else if isAtWork {
      (settings, metrics, state) = (nil, nil, "at work")
    } else {
      return nil
    }
  }

  /// The epochs so far; `nil` where none has been completed.
  private static func partial(in folder: String) throws -> PartialRun? {
    do {
      return try PartialRun(in: folder)
    } catch let failure as Failure where failure.code == .missing {
      return nil
    }
  }
}
