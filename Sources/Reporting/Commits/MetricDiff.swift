import Support

/// What separates the metrics of all runs in two or more revisions of the repository, and what the
/// runs' records say about why.
///
/// Revisions are read from git's own store: the work tree is never touched.
package struct MetricDiff: Sendable {
  /// The revisions as the user named them. All are compared with the first.
  package let names: [String]
  /// The number of runs that any revision has.
  package let runCount: Int
  /// A row a difference: `path`, `metric`, the values under the names of their revisions, and
  /// `change`. No rows where nothing differs.
  package let table: Table
  /// A row a reason: `runs`, `setting`, the values under the names of their revisions, and
  /// `change`; of the code, the files that changed. Only of runs whose numbers or whose
  /// configuration differ.
  package let reasons: Table

  private let root: String
  /// Every `metrics.csv`, by its path.
  private let curves: [(path: String, sides: [Table?])]

  /// Whether no metric differs by more than the tolerance.
  package var isEmpty: Bool { table.rows.isEmpty }

  /// Compares revisions.
  ///
  /// - Parameters:
  ///   - names: Revisions as git spells them, or `worktree` for the files as they are now.
  ///   - profile: The profile to compare; `nil` for all.
  ///   - tolerance: What counts as equal.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 where a revision or a file cannot be read or there is nothing
  ///   to compare.
  package init(
    _ names: [String] = ["HEAD", "worktree"], profile: String? = nil,
    tolerance: Tolerance = Tolerance(), root: String
  ) throws {
    self.names = names
    self.root = root
    let folder = profile.map { "reports/\($0)" } ?? "reports"
    let sides = try names.map { name in
      let revision = try Revision(name, root: root)
      return Side(
        revision,
        try revision.texts(below: folder) { path in
          ["/metrics.csv", "/steps.csv", "/run.json"].contains { path.hasSuffix($0) }
        })
    }
    let paths = Set(sides.flatMap(\.tablePaths)).sorted()
    let runs = paths.filter { $0.hasSuffix("/metrics.csv") }
    runCount = runs.count
    guard runCount > 0 else {
      throw Failure(
        .incomparable,
        "nothing to compare: no metrics.csv below \(folder)/ in "
          + names.joined(separator: " or "))
    }
    curves = try runs.map { path in (path, try sides.map { try $0.table(path) }) }

    var table = Table(columns: ["path", "metric"] + names + ["change"])
    var reasons = Reasons(names: names, git: Git(root: root))
    for path in paths {
      let tables = try sides.map { try $0.table(path) }
      let rows = Comparison(names: names, tables: tables, tolerance: tolerance).rows
      for row in rows { table.append([path] + row) }
      try reasons.add(path, sides, differs: !rows.isEmpty)
    }
    self.table = table
    self.reasons = reasons.table
  }

  /// The differences and their reasons for a terminal, or one line that says there are none.
  package var text: String { sections(\.aligned) }

  /// The differences and their reasons in Markdown, or one line that says there are none.
  package var markdown: String { sections { $0.markdown + "\n" } }

  private func sections(_ text: (Table) -> String) -> String {
    let none =
      "no differences between \(names.joined(separator: ", ")) in \(runCount) "
      + "run\(runCount == 1 ? "" : "s")\n"
    return (isEmpty ? none : text(table)) + (reasons.rows.isEmpty ? "" : "\n" + text(reasons))
  }

  /// Draws losses and accuracies of all revisions over each other, for the runs that differ, or for
  /// all where none does.
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
      script: "overlay.gp",
      settings: ["$curves << EOD"] + points.text.split(separator: "\n").map(String.init) + [
        "EOD",
        array("names", shown.map { quoted(runName($0.path)) }),
        array("revisions", names.map(quoted)),
        "epochs = \(Int(epochs))",
      ])
    try Files.write(try figure.draw(root: root), to: path)
  }
}

/// `demo/norm` for `reports/demo/norm/metrics.csv`.
func runName(_ path: String) -> String {
  path.split(separator: "/").dropFirst().dropLast().joined(separator: "/")
}

/// The results of one revision.
private struct Side {
  let revision: Revision
  private let texts: [String: String]

  init(_ revision: Revision, _ texts: [String: String]) {
    self.revision = revision
    self.texts = texts
  }

  var tablePaths: [String] { texts.keys.filter { $0.hasSuffix(".csv") } }

  func table(_ path: String) throws -> Table? {
    try failing(as: .incomparable) {
      try texts[path].map { try Table(parsing: $0, name: "\(revision.name):\(path)") }
    }
  }

  /// The record of a run, `nil` where there is none.
  func provenance(_ folder: String) throws -> Provenance? {
    let path = folder + "/run.json"
    return try texts[path].map { try Provenance(parsing: $0, name: "\(revision.name):\(path)") }
  }
}

/// One table in all revisions.
private struct Comparison {
  let names: [String]
  let tables: [Table?]
  let tolerance: Tolerance

  /// The rows `metric`, values, `change`.
  var rows: [[String]] {
    let counts = tables.map { $0.map { "\($0.rows.count)" } }
    let unit = tables.contains { $0?["step"] != nil } ? "steps" : "epochs"
    var rows: [[String]] = []
    if counts.contains(nil) || Set(counts).count > 1 { rows.append(row(unit, counts)) }
    let sides = tables.map { $0.map(Curve.all) }
    var metrics: [String] = []
    for curve in sides.flatMap({ $0 ?? [] }) where !metrics.contains(curve.name) {
      metrics.append(curve.name)
    }
    for metric in metrics {
      let curves = sides.map { side in side?.first { $0.name == metric } }
      // Of a table that is missing as a whole one row says so.
      if zip(sides, curves).contains(where: { $0 != nil && $1 == nil }) {
        rows.append(row(metric, curves.map { $0?.final }))
      }
      rows += self.rows(metric, curves)
    }
    return rows
  }

  private func rows(_ metric: String, _ curves: [Curve?]) -> [[String]] {
    var rows: [[String]] = []
    for (name, values) in [
      ("final", curves.map { $0?.final }), ("best", curves.map { $0?.best }),
    ] where differ(values) {
      rows.append(row("\(metric), \(name)", values))
    }
    guard let base = curves.compactMap({ $0 }).first else { return rows }
    var different: [(point: String, absolute: Double, relative: Double)] = []
    for (point, old) in zip(base.points, base.fields) {
      let others = curves.compactMap { $0?.value(at: point) }.filter { !tolerance.accepts(old, $0) }
      let changes = others.map { Change(old, $0) }
      guard let absolute = changes.map(\.absolute).max(),
        let relative = changes.map(\.relative).max()
      else { continue }
      different.append((point, absolute, relative))
    }
    // The first of equals.
    guard let first = different.first,
      let largest = different.max(by: { $0.absolute < $1.absolute }),
      let relative = different.max(by: { $0.relative < $1.relative })
    else { return rows }
    let isOne = largest.point == relative.point
    func add(_ point: String, _ remark: String) {
      let row = row("\(metric), \(point)", curves.map { $0?.value(at: point) })
      rows.append(row.dropLast() + [(row.last ?? "") + ", \(remark)"])
    }
    add(
      largest.point,
      "largest\(isOne ? "" : " absolute"); first differs in \(first.point)")
    if !isOne { add(relative.point, "largest relative") }
    return rows
  }

  /// Whether values differ by more than the tolerance; a missing one is not compared.
  private func differ(_ values: [String?]) -> Bool {
    let values = values.compactMap { $0 }
    return values.dropFirst().contains { !tolerance.accepts(values[0], $0) }
  }

  private func row(_ metric: String, _ values: [String?]) -> [String] {
    [metric] + values.map { $0 ?? "–" } + [change(values, names)]
  }
}

/// What tells later values from the first one; where some are missing, which are there.
private func change(_ values: [String?], _ names: [String]) -> String {
  let present = zip(names, values).filter { $1 != nil }.map { $0.0 }
  guard present.count == names.count else { return "only in \(present.joined(separator: ", "))" }
  let values = values.compactMap { $0 }
  return values.dropFirst().map { Change(values[0], $0).text }.joined(separator: ", ")
}

/// The settings in which the revisions' runs differ.
private struct Reasons {
  let names: [String]
  let git: Git
  /// The runs of a reason, in the order of the reasons' first runs.
  private var runs: [(reason: [String], runs: [String])] = []
  private var seen: Set<String> = []
  private var changedFiles: [String: String] = [:]

  init(names: [String], git: Git) {
    self.names = names
    self.git = git
  }

  var table: Table {
    Table(
      columns: ["runs", "setting"] + names + ["change"],
      rows: runs.map { [$0.runs.joined(separator: ", ")] + $0.reason })
  }

  /// Adds what tells the revisions' runs apart, where the table at `path` differs or where the run
  /// was configured differently.
  mutating func add(_ path: String, _ sides: [Side], differs: Bool) throws {
    // A recording of single steps belongs to the run in the folder above.
    var folder = path.split(separator: "/").dropLast()
    var records: [Provenance?] = []
    repeat {
      records = try sides.map { try $0.provenance(folder.joined(separator: "/")) }
      if records.contains(where: { $0 != nil }) { break }
      folder = folder.dropLast()
    } while folder.count > 2
    let run = folder.dropFirst().joined(separator: "/")
    let known = records.compactMap { $0 }
    guard known.count > 1, !seen.contains(run) else { return }
    guard differs || Provenance.areConfiguredDifferently(known) else { return }
    seen.insert(run)
    for name in Provenance.differences(known) {
      let values = records.map { $0?.settings[name] }
      let isNumeric = values.allSatisfy { $0.flatMap { Double($0) } != nil }
      add(
        run, [name] + values.map { $0 ?? "–" } + [isNumeric ? change(values, names) : ""])
    }
    if let code = try code(records, sides) { add(run, code) }
  }

  private mutating func add(_ run: String, _ reason: [String]) {
    if let index = runs.firstIndex(where: { $0.reason == reason }) {
      runs[index].runs.append(run)
    } else {
      runs.append((reason, [run]))
    }
  }

  /// The row of the code, `nil` where it is the same.
  private mutating func code(_ records: [Provenance?], _ sides: [Side]) throws -> [String]? {
    // A run of changed sources was made from what was committed with it, as far as one can know.
    let sources = zip(records, sides).map { record, side -> (name: String, commit: String?)? in
      guard let record, let commit = record.commit else { return nil }
      return record.isDirty
        ? ("\(commit.prefix(9)), changed", side.revision.commit) : ("\(commit.prefix(9))", commit)
    }
    let known = sources.compactMap { $0 }
    guard let base = known.first else { return nil }
    var changes: [String] = []
    for other in known.dropFirst() {
      changes.append(try changedInputs(from: base.commit, to: other.commit))
    }
    guard changes.contains(where: { !$0.isEmpty }) else { return nil }
    return ["code"] + sources.map { $0?.name ?? "–" }
      + [changes.map { $0.isEmpty ? "none" : $0 }.joined(separator: "; ")]
  }

  /// The files that differ, in words; empty where none does.
  private mutating func changedInputs(from base: String?, to: String?) throws -> String {
    guard base != to, let start = base ?? to else { return "" }
    let key = "\(start) \(base == nil ? "" : to ?? "")"
    if let known = changedFiles[key] { return known }
    let files = try git.changedInputs(from: start, to: base == nil ? nil : to)
    let shown = files?.prefix(4).joined(separator: ", ")
    let more = (files?.count ?? 0) - 4
    let words = shown.map { more > 0 ? "\($0) and \(more) more" : $0 } ?? "a commit is unknown here"
    changedFiles[key] = words
    return words
  }
}
