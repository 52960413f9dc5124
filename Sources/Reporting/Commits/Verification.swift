import Foundation
import Support
import Training

/// A comparison of repeated runs with the committed ones, byte by byte.
package struct Verification: Sendable {
  /// One line per file that differs: its path, the row, what was expected and what is there.
  package let differences: [String]
  /// One line per run whose bytes are not promised to repeat here, with the reason, and one where
  /// figures and report cannot be made.
  package let reservations: [String]
  /// The number of files compared.
  package let fileCount: Int
  /// `success` where the bytes are the same, `differences` where they are not, `incomparable` where
  /// they differ only where equality is not promised.
  package let outcome: ExitCode

  /// Compares repeated runs with a revision's.
  ///
  /// Where a run of every experiment was repeated, the files that are woven from all runs are made
  /// again, too, from the revision's own files of runs: tables, figures, report.
  ///
  /// - Parameters:
  ///   - scratch: A folder that holds the repeated runs in the folders that they have below the root.
  ///     Figures and report are written into its folder `woven`.
  ///   - base: The revision to compare with.
  ///   - profile: The profile's name.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 if there is nothing to compare or a file cannot be read.
  package init(
    of scratch: String, base: String = "HEAD", profile: String = "demo", root: String
  ) throws {
    let folder = "reports/\(profile)"
    let committed = try Revision(base, root: root).files(below: folder, where: Self.isResult)
    let actual = try Revision(Revision.workTree, root: scratch)
      .files(below: folder, where: Self.isResult).filter { Self.run($0.key) != nil }
    let runs = Set(actual.keys.compactMap(Self.run))
    let allRuns = Set(committed.keys.compactMap(Self.run))
    guard !runs.isEmpty, runs.isSubset(of: allRuns) else {
      let unknown = runs.subtracting(allRuns).sorted().joined(separator: ", ")
      throw Failure(
        .incomparable,
        runs.isEmpty
          ? "nothing to compare: no runs in \(scratch)/\(folder)"
          : "nothing to compare: no run \(unknown) in \(base)")
    }
    let expected = committed.filter { Self.run($0.key).map(runs.contains) ?? false }
    var differences = try Self.differences(expected, actual)
    var fileCount = expected.count
    var reservations: [String] = []
    var isComplete = true
    var unpromised: Set<String?> = []
    for path in expected.keys.sorted() where RunFile(path: path) == .record {
      if let reservation = try Self.reservation(path, expected[path], actual[path]) {
        reservations.append("\(path): equal bytes are not promised: \(reservation)")
        unpromised.insert(Self.run(path))
      }
    }
    var isFailed = differences.contains { !unpromised.contains(Self.run($0.path)) }
    if Set(runs.map(\.folder)) == Set(allRuns.map(\.folder)) {
      let runFiles = committed.filter { Self.run($0.key) != nil }
      let others = committed.filter { Self.run($0.key) == nil }
      do {
        let woven = try Self.weave(runFiles, profile: profile, in: scratch + "/woven", root: root)
        let different = try Self.differences(others, woven)
        fileCount += others.count
        let reservation =
          different.contains { Figure.isPlotted($0.path) }
          ? try Self.reservation(ofFigures: runFiles) : nil
        if let reservation { reservations.append(reservation) }
        isFailed =
          isFailed || different.contains { reservation == nil || !Figure.isPlotted($0.path) }
        differences += different
      } catch let failure as Failure {
        reservations.append("figures and report cannot be made: \(failure.description)")
        isComplete = false
      }
    }
    self.differences = differences.map { "\($0.path): \($0.what)" }
    self.reservations = reservations
    self.fileCount = fileCount
    let isEqual = differences.isEmpty && isComplete
    outcome = isEqual ? .success : isFailed ? .differences : .incomparable
  }

  // MARK: - Files

  /// The folder of the run that a file belongs to; `nil` for one that is woven from several runs.
  private static func run(_ path: String) -> String? { RunPath(path)?.folder }

  /// Whether a file of this name is committed.
  private static func isResult(_ path: String) -> Bool {
    ![".safetensors", ".partial", "/" + RunFile.lock.name].contains { path.hasSuffix($0) }
  }

  private static func differences(
    _ expected: [String: [UInt8]], _ actual: [String: [UInt8]]
  ) throws -> [(path: String, what: String)] {
    try Set(expected.keys).union(actual.keys).sorted().compactMap { path in
      guard let old = expected[path] else { return (path, "is not among the committed files") }
      guard let new = actual[path] else { return (path, "was not made again") }
      if RunFile(path: path) == .record {
        return recordDifference(try record(old, path), try record(new, path)).map { (path, $0) }
      }
      guard old != new else { return nil }
      guard let (old, new) = texts(old, new) else { return (path, byteDifference(old, new)) }
      let difference = path.hasSuffix(".csv") ? rowDifference(old, new) : nil
      return (path, difference ?? lineDifference(old, new))
    }
  }

  /// Two files as texts, `nil` where one of them is not text.
  private static func texts(_ old: [UInt8], _ new: [UInt8]) -> (String, String)? {
    guard let old = String(validating: old, as: UTF8.self),
      let new = String(validating: new, as: UTF8.self)
    else { return nil }
    return (old, new)
  }

  private static func byteDifference(_ old: [UInt8], _ new: [UInt8]) -> String {
    let offset = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset
    guard let offset else { return "expected \(old.count) bytes, got \(new.count)" }
    return "byte \(offset + 1): expected \(old[offset]), got \(new[offset])"
  }

  /// The first field of a table that differs, `nil` where the texts are not tables of the same
  /// columns.
  private static func rowDifference(_ old: String, _ new: String) -> String? {
    guard let old = try? Table(parsing: old, name: ""),
      let new = try? Table(parsing: new, name: ""),
      old.columns == new.columns
    else { return nil }
    for (index, (oldRow, newRow)) in zip(old.rows, new.rows).enumerated() {
      for (column, (old, new)) in zip(old.columns, zip(oldRow, newRow)) where old != new {
        return "row \(index + 1), \(column): expected \(old), got \(new)"
      }
    }
    guard old.rows.count != new.rows.count else { return nil }
    return "row \(min(old.rows.count, new.rows.count) + 1): expected \(old.rows.count) rows, "
      + "got \(new.rows.count)"
  }

  private static func lineDifference(_ old: String, _ new: String) -> String {
    let lines = [old, new].map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
    let index = zip(lines[0], lines[1]).enumerated().first { $1.0 != $1.1 }?.offset
    guard let index else { return "expected \(lines[0].count) lines, got \(lines[1].count)" }
    func excerpt(_ line: Substring) -> String {
      line.count > 80 ? "\(line.prefix(80))…" : "\(line)"
    }
    return
      "line \(index + 1): expected '\(excerpt(lines[0][index]))', got '\(excerpt(lines[1][index]))'"
  }

  // MARK: - Records

  private static func record(_ bytes: [UInt8], _ path: String) throws -> RunRecord {
    try failing(as: .incomparable) {
      try RunRecord(parsing: try String(utf8: bytes, name: path), name: path)
    }
  }

  /// The first entry of a committed record that a repetition's does not have or has differently,
  /// apart from those that may differ. Entries that only the repetition has are younger than the
  /// committed record.
  private static func recordDifference(_ old: RunRecord, _ new: RunRecord) -> String? {
    let (old, new) = (old.json.flattened, new.json.flattened)
    let names = old.keys.filter { name in
      !mayDiffer.contains { name == $0 || name.hasPrefix($0 + ".") }
    }
    return names.sorted().first { old[$0] != new[$0] }.map {
      "\($0): expected \(old[$0] ?? ""), got \(new[$0] ?? "no such entry")"
    }
  }

  /// The entries in which repetitions on other commits or machines differ although their numbers are
  /// the same: where, when and with which tools the run was made.
  private static let mayDiffer = [
    "volatile", "commit", "dirty", "code", "compiler", "target", "blas", "libraries",
  ]

  /// The reason why a run's bytes need not repeat here, `nil` where they must.
  private static func reservation(
    _ path: String, _ old: [UInt8]?, _ new: [UInt8]?
  ) throws -> String? {
    guard let old = try old.map({ try record($0, path) }),
      let new = try new.map({ try record($0, path) })
    else { return nil }
    // OpenBLAS rounds differently in every family of kernels and in every version.
    for (name, old, new) in [
      ("blas.family", old.blas?.family, new.blas?.family),
      ("blas.version", old.blas?.version, new.blas?.version),
    ] where old != new {
      return "made with \(name) \(old ?? "none"), here \(new ?? "none")"
    }
    if let old = old.libjpeg, let new = new.libjpeg, old != new {
      return "made with \(old), here \(new)"
    }
    // Our own arithmetic has the same bits on every processor with explicit FMA.
    let levels = [old.target, new.target]
    let isPromised = levels.allSatisfy { level in
      ["x86-64-v3", "x86-64-v4"].contains { level?.hasPrefix($0) ?? false }
    }
    guard levels[0] != levels[1], !isPromised else { return nil }
    return "made on \(levels[0] ?? "an unknown target"), here \(levels[1] ?? "unknown")"
  }

  /// The reason why figures need not have the same bytes here, `nil` where they must: another gnuplot than
  /// that of a record.
  private static func reservation(ofFigures files: [String: [UInt8]]) throws -> String? {
    guard let here = Libraries.gnuplot else { return nil }
    let records = try files.filter { RunFile(path: $0.key) == .record }.map { try record($1, $0) }
    let others = Set(records.compactMap(\.gnuplot)).subtracting([here]).sorted()
    guard !others.isEmpty else { return nil }
    return "figures: equal bytes are not promised: made with gnuplot "
      + "\(others.joined(separator: ", ")), here \(here)"
  }

  // MARK: - Figures and report

  /// Makes the figures and the report from the files of runs.
  private static func weave(
    _ files: [String: [UInt8]], profile: String, in folder: String, root: String
  ) throws -> [String: [UInt8]] {
    let sources = [
      "experiments", "reports/plots", "reports/reference", "reports/measurements",
      "reports/introduction.md",
    ]
    try? FileManager.default.removeItem(atPath: folder)
    for source in sources where Files.exists("\(root)/\(source)") {
      let link = URL(fileURLWithPath: "\(folder)/\(source)")
      try Files.createFolder(link.deletingLastPathComponent().path)
      do {
        try FileManager.default.createSymbolicLink(
          at: link, withDestinationURL: URL(fileURLWithPath: "\(root)/\(source)"))
      } catch {
        throw Failure(.cannotCreate, "cannot create \(link.path)")
      }
    }
    for (path, bytes) in files {
      let url = URL(fileURLWithPath: "\(folder)/\(path)")
      try Files.createFolder(url.deletingLastPathComponent().path)
      try Files.write(bytes, to: url.path)
    }
    try Reporting.weave(profile: profile, root: folder)
    return try Revision(Revision.workTree, root: folder).files(below: "reports/\(profile)") {
      run($0) == nil
    }
  }
}
