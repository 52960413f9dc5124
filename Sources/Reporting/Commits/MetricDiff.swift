import Support
import Training

/// The differences between the metrics of all runs in two or more revisions of the repository, or
/// between those of single runs, and the reasons that the runs' records give for them.
///
/// Revisions are read from git's own store: the work tree is never touched.
package struct MetricDiff: Sendable {
  /// The revisions or runs as the user named them. All are compared with the first.
  package let names: [String]
  /// The number of runs that any revision has.
  package let runCount: Int
  /// One row per difference: `path`, `metric`, the values under the names of their sides, and
  /// `change`. No rows where nothing differs.
  package let table: Table
  /// One row per reason: `runs` unless single runs are compared, `setting`, the values under the names
  /// of their sides, and `change`, for the code the files that changed. Only runs whose numbers or
  /// whose configuration differ have reasons.
  package let reasons: Table
  /// One row per run after the first, where single runs with predictions are compared: how often only one
  /// of it and the first is right, and how sure the difference of their accuracies is.
  package let predictions: Table

  private let root: String
  /// Whether single runs are compared.
  private let isOfRuns: Bool
  /// Every `metrics.csv`, by its path.
  private let curves: [(path: String, sides: [Table?])]

  /// Whether no metric differs by more than the tolerance.
  package var isEmpty: Bool { table.rows.isEmpty }

  /// Compares revisions, or runs.
  ///
  /// - Parameters:
  ///   - names: Revisions as git spells them, or `Revision.workTree` for the current files; or folders
  ///     of runs, each that of a revision as `REVISION:FOLDER` or an existing one.
  ///   - profile: The profile of the revisions' runs; `nil` for all.
  ///   - tolerance: What counts as equal.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 if a revision or a file cannot be read or there is nothing
  ///   to compare, 64 if a run is to be compared with a whole revision.
  package init(
    _ names: [String] = ["HEAD", Revision.workTree], profile: String? = nil,
    tolerance: Tolerance = Tolerance(), root: String
  ) throws {
    self.names = names
    self.root = root
    let folder = profile.map { "reports/\($0)" } ?? "reports"
    let sides = try names.map { try DiffSide($0, below: folder, root: root) }
    if let run = sides.first(where: \.isRun) {
      if let other = sides.first(where: { !$0.isRun }) {
        throw Failure(
          .usage,
          "\(run.name) is a run, \(other.name) a revision: expected runs alone;"
            + " REVISION:FOLDER names that of a revision")
      }
      guard profile == nil else {
        throw Failure(.usage, "--profile: \(run.name) is a run, which has one profile")
      }
    }
    isOfRuns = sides.allSatisfy(\.isRun)
    let paths = Set(sides.flatMap(\.tablePaths)).sorted()
    let runs = paths.filter { RunFile(path: $0) == .metrics }
    runCount = runs.count
    guard runCount > 0 else {
      throw Failure(
        .incomparable,
        "nothing to compare: no \(RunFile.metrics.name) below \(folder)/ in "
          + names.joined(separator: " or "))
    }
    curves = try runs.map { path in (path, try sides.map { try $0.table(path) }) }

    var table = Table(columns: ["path", "metric"] + names + ["change"])
    var reasons = Reasons(names: names, git: Git(root: root))
    for path in paths {
      let tables = try sides.map { try $0.table(path) }
      let rows = MetricComparison(names: names, tables: tables, tolerance: tolerance).rows
      for row in rows { table.append([path] + row) }
      try reasons.add(path, sides, differs: !rows.isEmpty)
    }
    self.table = table
    self.reasons = reasons.table
    predictions = try Self.predictions(of: sides)
  }

  /// Compares the predictions of runs with those of the first one, image by image.
  private static func predictions(of sides: [DiffSide]) throws -> Table {
    var table = Table(columns: [
      "run", "images", "right where the first is wrong", "wrong where the first is right",
      "accuracy difference", "95 % interval", "McNemar's p",
    ])
    guard let first = sides.first, let base = try first.predictions else { return table }
    for side in sides.dropFirst() {
      guard let own = try side.predictions,
        let pair = try failing(
          as: .incomparable, { try PairedPredictions(own, base, names: (side.name, first.name)) })
      else { continue }
      table.append([
        side.name, "\(pair.images)", "\(pair.onlyFirst)", "\(pair.onlySecond)",
        Rounding.signed(pair.difference), pair.interval.differenceText,
        Rounding.probability(pair.pValue),
      ])
    }
    return table
  }

  /// The differences and their reasons for a terminal, or one line that says there are none; of single
  /// runs their predictions, too.
  package var text: String { sections(\.aligned) }

  /// The same in Markdown.
  package var markdown: String { sections { $0.markdown + "\n" } }

  private func sections(_ text: (Table) -> String) -> String {
    let runs = isOfRuns ? "" : " in \(runCount) run\(runCount == 1 ? "" : "s")"
    let none = "no differences between \(names.joined(separator: ", "))\(runs)\n"
    let others = [reasons, predictions].filter { !$0.rows.isEmpty }
    return (isEmpty ? none : text(table)) + others.map { "\n" + text($0) }.joined()
  }

  /// Draws losses and accuracies of all sides over each other, for the runs that differ, or for all
  /// runs where none differs.
  ///
  /// - Parameter path: The SVG to write.
  /// - Throws: `Failure` with code 66 where gnuplot is missing, 73 or 74 where the file cannot be
  ///   written.
  package func drawOverlay(to path: String) throws {
    let metrics = ["train_loss", "val_loss", "train_accuracy", "val_accuracy"]
    let changed = Set(table["path"] ?? [])
    let different = curves.filter { changed.contains($0.path) }
    let shown = different.isEmpty ? curves : different
    var points = Table(columns: ["run", "revision", "epoch"] + metrics)
    for (run, curve) in shown.enumerated() {
      for (revision, table) in curve.sides.enumerated() {
        guard let table else { continue }
        for (row, epoch) in (table["epoch"] ?? []).enumerated() {
          points.append(
            ["\(run + 1)", "\(revision + 1)", epoch] + metrics.map { table[$0]?[row] ?? "nan" })
        }
      }
    }
    let epochs = (points["epoch"] ?? []).compactMap { Double($0) }.filter(\.isFinite).max() ?? 0
    guard (1..<1e9).contains(epochs) else {
      throw Failure(.incomparable, "nothing to draw: no run has an epoch")
    }
    let figure = Figure(
      name: "overlay", caption: "Losses and accuracies in \(names.joined(separator: ", "))",
      summary:
        "Line charts of loss and accuracy by epoch, a row for each run, a line for each revision",
      source: .script(
        "overlay",
        inputs: [
          Gnuplot.table("curves", points),
          Gnuplot.array(
            "names", quoting: shown.map { isOfRuns ? "runs" : runName($0.path.folder) }),
          Gnuplot.array("revisions", quoting: names), "epochs = \(Int(epochs))",
        ]))
    try Files.write(try figure.draw(root: root), to: path)
  }
}

/// `demo/norm/seed-0` for the folder `reports/demo/norm/seed-0`.
func runName(_ folder: String) -> String {
  folder.split(separator: "/").dropFirst().joined(separator: "/")
}

extension String {
  /// The folder of a path, `a/b` for `a/b/c`.
  var folder: String { split(separator: "/").dropLast().joined(separator: "/") }
}
