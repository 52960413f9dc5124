import Foundation
import Support

/// How far apart two numbers may be and still count as equal.
public struct Tolerance: Equatable, Sendable {
  /// A fraction of the larger magnitude.
  public var relative: Double
  public var absolute: Double

  /// No difference at all, unless numbers are given.
  public init(relative: Double = 0, absolute: Double = 0) {
    self.relative = relative
    self.absolute = absolute
  }

  /// Whether two numbers count as equal. NaN equals NaN, an infinity equals itself.
  func accepts(_ first: Double, _ second: Double) -> Bool {
    if first == second || (first.isNaN && second.isNaN) { return true }
    let difference = abs(first - second)
    return difference.isFinite
      && difference <= absolute + relative * max(abs(first), abs(second))
  }
}

/// What separates the metrics of all runs in two revisions of the repository.
///
/// Revisions are read from git's own store: the work tree is never touched.
public struct MetricDiff: Sendable {
  /// The revisions as the user named them.
  public let base: String
  public let to: String
  /// The number of runs that either revision has.
  public let runCount: Int
  /// A row a difference: `path`, `metric`, the two values under the names of their revisions, and
  /// `change`. No rows where nothing differs.
  public let table: Table

  private let runs: [(path: String, base: Table?, to: Table?)]
  private let root: String

  /// Whether nothing differs by more than the tolerance.
  public var isEmpty: Bool { table.rows.isEmpty }

  /// Compares two revisions.
  ///
  /// - Parameters:
  ///   - base: A revision as git spells it, or `worktree` for the files as they are now.
  ///   - to: The other one.
  ///   - profile: The profile to compare; `nil` for all.
  ///   - tolerance: What counts as equal.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 where a revision or a file cannot be read or there is nothing
  ///   to compare.
  public init(
    base: String = "HEAD", to: String = "worktree", profile: String? = nil,
    tolerance: Tolerance = Tolerance(), root: String
  ) throws {
    self.base = base
    self.to = to
    self.root = root
    let (first, second) = (
      try Revision(base, root: root), try Revision(to, root: root)
    )
    let folder = profile.map { "reports/\($0)/" } ?? "reports/"
    let (firstPaths, secondPaths) = (
      Set(try first.metricFiles().filter { $0.hasPrefix(folder) }),
      Set(try second.metricFiles().filter { $0.hasPrefix(folder) })
    )
    runs = try firstPaths.union(secondPaths).sorted().map { path in
      (
        path, firstPaths.contains(path) ? try first.table(path) : nil,
        secondPaths.contains(path) ? try second.table(path) : nil
      )
    }
    runCount = runs.count
    guard runCount > 0 else {
      throw Failure(
        .incomparable,
        "nothing to compare: neither \(base) nor \(to) has a metrics.csv below \(folder)")
    }
    var table = Table(columns: ["path", "metric", base, to, "change"])
    for run in runs {
      for row in differences(run.base, run.to, base: base, to: to, tolerance: tolerance) {
        table.append([run.path] + row)
      }
    }
    self.table = table
  }

  /// The differences for a terminal, or one line that says there are none.
  public var text: String { isEmpty ? none + "\n" : table.aligned }

  /// The differences in Markdown, or one line that says there are none.
  public var markdown: String { (isEmpty ? none : table.markdown) + "\n" }

  private var none: String {
    "no differences between \(base) and \(to) in \(runCount) run\(runCount == 1 ? "" : "s")"
  }

  /// Draws validation accuracy in both revisions, of the runs that differ, or of all where none
  /// does.
  ///
  /// - Parameter path: The SVG to write.
  /// - Throws: `Failure` with code 66 where gnuplot is missing, 73 or 74 where the file cannot be
  ///   written.
  public func drawOverlay(to path: String) throws {
    let changed = Set(table["path"] ?? [])
    let shown = runs.filter { changed.isEmpty || changed.contains($0.path) }
    var curves = Table(columns: ["run", "side", "epoch", "val_accuracy"])
    for (index, run) in shown.enumerated() {
      for (side, table) in [("base", run.base), ("to", run.to)] {
        for (epoch, accuracy) in zip(table?["epoch"] ?? [], table?["val_accuracy"] ?? []) {
          curves.append([String(index + 1), side, epoch, accuracy])
        }
      }
    }
    guard (curves["val_accuracy"] ?? []).contains(where: { Double($0)?.isFinite ?? false }) else {
      throw Failure(.incomparable, "nothing to draw: no run has a finite val_accuracy")
    }
    let epochs = (curves.numbers("epoch") ?? []).max() ?? 1
    let figure = Figure(
      name: "overlay", caption: "Validation accuracy in \(base) and \(to)", script: "overlay.gp",
      settings: ["$curves << EOD"] + curves.text.split(separator: "\n").map(String.init) + [
        "EOD",
        array("names", shown.map { quoted(name($0.path)) }),
        "base = \(quoted(base))", "to = \(quoted(to))", "epochs = \(Int(epochs))",
      ])
    try Files.write(try figure.draw(root: root), to: path)
  }

  /// `demo/norm` for `reports/demo/norm/metrics.csv`.
  private func name(_ path: String) -> String {
    path.split(separator: "/").dropFirst().dropLast().joined(separator: "/")
  }
}

/// A commit, or the files as they are now.
private struct Revision {
  private let name: String
  private let root: String
  /// The commit's full name, `nil` for the work tree.
  private let commit: String?

  init(_ name: String, root: String) throws {
    self.name = name
    self.root = root
    guard name != "worktree" else {
      commit = nil
      return
    }
    let words = ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(name)^{commit}"]
    let result = try Self.git(words, root: root)
    let commit = String(decoding: result.output, as: UTF8.self).trimmed
    guard result.status == 0, !commit.isEmpty else {
      throw Failure(
        .incomparable,
        result.complaint.isEmpty
          ? "\(name): no such revision; expected one that git knows, or worktree"
          : "\(name): cannot compare: \(result.complaint)")
    }
    self.commit = commit
  }

  /// Every `metrics.csv` below `reports/`, seen from the root.
  func metricFiles() throws -> [String] {
    let paths: [String]
    if let commit {
      let result = try Self.git(
        ["ls-tree", "-r", "-z", "--name-only", commit, "--", "reports"], root: root)
      guard result.status == 0 else {
        throw Failure(.incomparable, "\(name): cannot list files: \(result.complaint)")
      }
      paths = result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    } else {
      let files = FileManager.default.enumerator(atPath: root + "/reports")
      paths = (files?.compactMap { $0 as? String } ?? []).map { "reports/\($0)" }
    }
    return paths.filter { $0.hasSuffix("/metrics.csv") }
  }

  func table(_ path: String) throws -> Table {
    do {
      let label = "\(name):\(path)"
      guard let commit else {
        return try Table(parsing: try Files.readText("\(root)/\(path)"), name: label)
      }
      let result = try Self.git(["show", "\(commit):./\(path)"], root: root)
      guard result.status == 0 else {
        throw Failure(.incomparable, "\(label): cannot read: \(result.complaint)")
      }
      return try Table(parsing: String(decoding: result.output, as: UTF8.self), name: label)
    } catch let failure as Failure {
      throw Failure(.incomparable, failure.description)
    }
  }

  private static func git(_ words: [String], root: String) throws -> Command.Result {
    let result = try Command.run(["git"] + words, in: root)
    guard result.status != 127 else {
      throw Failure(.incomparable, "git is not installed; run: apt-get install git")
    }
    return result
  }
}

/// The rows `metric, base, to, change` of one run.
private func differences(
  _ first: Table?, _ second: Table?, base: String, to: String, tolerance: Tolerance
) -> [[String]] {
  func epochs(_ table: Table) -> String { "\(table.rows.count)" }
  guard let first else { return [["epochs", "–", second.map(epochs) ?? "–", "only in \(to)"]] }
  guard let second else { return [["epochs", epochs(first), "–", "only in \(base)"]] }

  var rows: [[String]] = []
  if first.rows.count != second.rows.count {
    let change = signed(Double(second.rows.count - first.rows.count))
    rows.append(["epochs", epochs(first), epochs(second), change])
  }
  for column in first.columns + second.columns.filter({ first[$0] == nil }) where column != "epoch"
  {
    guard let old = first[column] else {
      rows.append([column, "–", second[column]?.last ?? "–", "only in \(to)"])
      continue
    }
    guard let new = second[column] else {
      rows.append([column, old.last ?? "–", "–", "only in \(base)"])
      continue
    }
    rows += differences(Column(column, first, old), Column(column, second, new), tolerance)
  }
  return rows
}

/// One metric of one run.
private struct Column {
  let name: String
  let epochs: [String]
  let fields: [String]

  init(_ name: String, _ table: Table, _ fields: [String]) {
    self.name = name
    self.fields = fields
    epochs = table["epoch"] ?? fields.indices.map { String($0 + 1) }
  }

  /// The field that holds the best value, for metrics that have one.
  var best: String? {
    let numbers = fields.enumerated().compactMap { index, field in
      Double(field).flatMap { $0.isNaN ? nil : (index, $0) }
    }
    switch name {
    case "val_accuracy": return numbers.max { $0.1 < $1.1 }.map { fields[$0.0] }
    case "val_loss": return numbers.min { $0.1 < $1.1 }.map { fields[$0.0] }
    default: return nil
    }
  }
}

/// The rows `metric, base, to, change` of one metric.
private func differences(
  _ first: Column, _ second: Column, _ tolerance: Tolerance
) -> [[String]] {
  func differ(_ old: String, _ new: String) -> Bool {
    guard let old = Double(old), let new = Double(new) else { return old != new }
    return !tolerance.accepts(old, new)
  }
  func change(_ old: String, _ new: String) -> Double {
    (Double(new) ?? .nan) - (Double(old) ?? .nan)
  }
  var rows: [[String]] = []
  if let old = first.fields.last, let new = second.fields.last, differ(old, new) {
    rows.append(["\(first.name), final", old, new, signed(change(old, new))])
  }
  if let old = first.best, let new = second.best, differ(old, new) {
    rows.append(["\(first.name), best", old, new, signed(change(old, new))])
  }
  let newFields = Dictionary(zip(second.epochs, second.fields)) { first, _ in first }
  let different = zip(first.epochs, first.fields).compactMap { epoch, old in
    newFields[epoch].flatMap { differ(old, $0) ? (epoch, old, $0) : nil }
  }
  // A difference to a value that is no number outweighs every number.
  func weight(_ row: (String, String, String)) -> Double {
    let change = change(row.1, row.2)
    return change.isNaN ? .infinity : abs(change)
  }
  if let start = different.first, let largest = different.max(by: { weight($0) < weight($1) }) {
    rows.append([
      "\(first.name), epoch \(largest.0)", largest.1, largest.2,
      "\(signed(change(largest.1, largest.2))), the largest; first in epoch \(start.0)",
    ])
  }
  return rows
}

private func signed(_ number: Double) -> String {
  (number > 0 ? "+" : "") + Rounding.significant(number)
}
