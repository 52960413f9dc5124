import Support
import Training

/// The commits that changed the metrics of runs.
///
/// Only git is read, so the same commits give the same bytes.
package struct History: Sendable {
  /// One row per commit and run, the oldest commit first: `commit`, `date`, `subject`, `run`,
  /// `epochs`, final and best `val_loss` and `val_accuracy`, and `changed`, the reasons that the run's
  /// record gives.
  package let table: Table

  private let root: String

  /// Reads the history of the commit that is checked out.
  ///
  /// - Parameters:
  ///   - profile: The profile to look at; `nil` for all.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 outside a repository, where no commit has metrics, and where
  ///   one of them cannot be read.
  package init(profile: String? = nil, root: String) throws {
    self.root = root
    let git = Git(root: root)
    guard let head = try git.commit("HEAD") else {
      throw Failure(.incomparable, "no history: the repository has no commit")
    }
    let folder = profile.map { "reports/\($0)" } ?? "reports"
    let changes = try Self.changes(below: folder, until: head, git)
    guard !changes.isEmpty else {
      throw Failure(
        .incomparable, "no history: no commit has a \(RunFile.metrics.name) below \(folder)/")
    }
    // For each change metrics and record, before and after it.
    let files = changes.flatMap { change in
      [
        change.name(of: .metrics, change.before, in: "\(change.commit)^"),
        change.name(of: .metrics, change.after, in: change.commit),
        change.name(of: .record, change.before, in: "\(change.commit)^"),
        change.name(of: .record, change.after, in: change.commit),
      ]
    }
    let texts = try git.texts(files)
    var table = Table(columns: [
      "commit", "date", "subject", "run", "epochs", "val_loss", "best val_loss", "val_accuracy",
      "best val_accuracy", "changed",
    ])
    for (index, change) in changes.enumerated() {
      let start = index * 4
      // A commit may move a run without changing it.
      if change.before != change.after, texts[start] == texts[start + 1] { continue }
      func record(_ index: Int) throws -> Provenance? {
        try texts[index].map { try Provenance(parsing: $0, name: files[index]) }
      }
      var values = [String](repeating: "–", count: 5)
      var changed = "removed"
      if change.after != nil, let text = texts[start + 1] {
        values = try Self.values(text, name: files[start + 1])
        changed = Self.changed(
          from: try record(start + 2), to: try record(start + 3), isNew: change.before == nil)
      }
      table.append(
        [String(change.commit.prefix(9)), change.date, change.subject, runName(change.run)]
          + values + [changed])
    }
    self.table = table
  }

  /// The history for a terminal.
  package var text: String { table.aligned }

  /// The history in Markdown.
  package var markdown: String { table.markdown + "\n" }

  /// Draws final and best validation accuracies by commit.
  ///
  /// - Parameter path: The SVG to write.
  /// - Throws: `Failure` with code 66 where gnuplot is missing, 73 or 74 where the file cannot be
  ///   written.
  package func drawFigure(to path: String) throws {
    func unique(_ column: String) -> [String] {
      (table[column] ?? []).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
    let (commits, runs) = (unique("commit"), unique("run").sorted())
    var points = Table(columns: ["run", "commit", "final", "best"])
    for (run, name) in runs.enumerated() {
      for row in table.rows where row[3] == name {
        let commit = commits.firstIndex(of: row[0]) ?? 0
        let values = [row[7], row[8]].map { Double($0) == nil ? "nan" : $0 }
        points.append(["\(run + 1)", "\(commit + 1)"] + values)
      }
    }
    let figure = Figure(
      name: "history", caption: "Validation accuracy by commit",
      summary: "Line chart of final and best validation accuracy by commit, one line per run",
      source: .script(
        "history",
        inputs: [
          Gnuplot.table("points", points), Gnuplot.array("names", quoting: runs),
          Gnuplot.array("commits", quoting: commits),
        ]))
    try Files.write(try figure.draw(root: root), to: path)
  }

  /// A commit that changed the metrics of a run.
  private struct MetricsChange {
    let commit: String
    let date: String
    let subject: String
    /// The run's folder, as it would be called today.
    let run: String
    /// Its folder in the commit before; `nil` if that does not have the run.
    let before: String?
    /// Its folder in the commit; `nil` if that removes the run.
    let after: String?

    /// git's name of a file on one side of the change, which may be missing.
    func name(of file: RunFile, _ folder: String?, in commit: String) -> String {
      "\(commit):./\(file.path(in: folder ?? run))"
    }
  }

  /// All changes, the oldest first. A merge counts only for files that differ from all of its parents'.
  private static func changes(below folder: String, until head: String, _ git: Git) throws
    -> [MetricsChange]
  {
    // Fields of a commit are separated by a byte that no subject has, and files follow it.
    let output = try git.output(
      [
        "log", "--no-show-signature", "--no-color", "--topo-order", "--reverse", "--no-renames",
        "-c", "--name-status", "--no-ext-diff", "--relative", "-z",
        "--format=%x1e%H%x1f%as%x1f%s", head, "--", folder,
      ], to: "read the history")
    return output.split(separator: 0x1E).flatMap { record -> [MetricsChange] in
      let words = record.split(separator: 0).map { String(decoding: $0, as: UTF8.self).trimmed }
        .filter { !$0.isEmpty }
      guard let fields = words.first?.split(separator: "\u{1F}", omittingEmptySubsequences: false),
        fields.count == 3
      else { return [] }
      let files = zip(words.dropFirst(), words.dropFirst(2)).enumerated().filter { index, _ in
        index % 2 == 0
      }
      let metrics = files.map(\.element).filter { RunFile(path: $0.1) == .metrics }
      // Where a commit moves a run it removes one path and adds another.
      let runs = Dictionary(grouping: metrics) { RunPath($0.1)?.folder ?? $0.1.folder }
      return runs.sorted { $0.key < $1.key }.map { run, files in
        func folder(without status: Character) -> String? {
          files.first { !$0.0.allSatisfy { $0 == status } }?.1.folder
        }
        return MetricsChange(
          commit: String(fields[0]), date: String(fields[1]), subject: String(fields[2]), run: run,
          before: folder(without: "A"), after: folder(without: "D"))
      }
    }
  }

  /// The number of epochs, and final and best values.
  private static func values(_ text: String, name: String) throws -> [String] {
    let table = try failing(as: .incomparable) { try Table(parsing: text, name: name) }
    let curves = Curve.all(table)
    return ["\(table.rows.count)"]
      + ["val_loss", "val_accuracy"].flatMap { metric in
        let curve = curves.first { $0.name == metric }
        return [curve?.final ?? "–", curve?.best ?? "–"]
      }
  }

  /// The differences between two records of a run.
  private static func changed(
    from old: Provenance?, to new: Provenance?, isNew: Bool
  ) -> String {
    if isNew { return "new" }
    guard let old, let new else { return "no run.json" }
    let differences = Provenance.differences([old, new]).map { name in
      "\(name) \(old.settings[name] ?? "–") → \(new.settings[name] ?? "–")"
    }
    return differences.isEmpty ? "code" : differences.joined(separator: ", ")
  }
}
