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
  /// Where every experiment was repeated, the figures and the report are made again, too, from the
  /// revision's own files of runs.
  ///
  /// - Parameters:
  ///   - scratch: A folder that holds `reports/<profile>/<experiment>/` for every experiment that
  ///     was repeated. Figures and report are written into its folder `woven`.
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
      .files(below: folder, where: Self.isResult).filter { Self.experiment($0.key) != nil }
    let names = Set(actual.keys.compactMap(Self.experiment))
    let allNames = Set(committed.keys.compactMap(Self.experiment))
    guard !names.isEmpty, names.isSubset(of: allNames) else {
      let unknown = names.subtracting(allNames).sorted().joined(separator: ", ")
      throw Failure(
        .incomparable,
        names.isEmpty
          ? "nothing to compare: no runs in \(scratch)/\(folder)"
          : "nothing to compare: no run of \(unknown) below \(folder)/ in \(base)")
    }
    let expected = committed.filter { Self.experiment($0.key).map(names.contains) ?? false }
    var differences = try Self.differences(expected, actual)
    var fileCount = expected.count
    var reservations: [String] = []
    var isComplete = true
    if names == allNames {
      let runs = committed.filter { Self.experiment($0.key) != nil }
      let drawn = committed.filter { Self.experiment($0.key) == nil }
      do {
        let woven = try Self.weave(runs, profile: profile, in: scratch + "/woven", root: root)
        differences += try Self.differences(drawn, woven)
        fileCount += drawn.count
      } catch let failure as Failure {
        reservations.append("figures and report cannot be made: \(failure.description)")
        isComplete = false
      }
    }
    var unpromised: Set<String?> = []
    for path in expected.keys.sorted() where RunFile(path: path) == .record {
      if let reservation = try Self.reservation(path, expected[path], actual[path]) {
        reservations.append("\(path): equal bytes are not promised: \(reservation)")
        unpromised.insert(Self.experiment(path))
      }
    }
    self.differences = differences.map { "\($0.path): \($0.what)" }
    self.reservations = reservations
    self.fileCount = fileCount
    let isFailed = differences.contains { difference in
      Self.experiment(difference.path).map { !unpromised.contains($0) } ?? true
    }
    let isEqual = differences.isEmpty && isComplete
    outcome = isEqual ? .success : isFailed ? .differences : .incomparable
  }

  // MARK: - Files

  /// `norm` for `reports/demo/norm/metrics.csv`; `nil` for a file that belongs to the whole profile.
  private static func experiment(_ path: String) -> String? {
    let words = path.split(separator: "/")
    return words.count > 3 && words[2] != "figures" ? String(words[2]) : nil
  }

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
    "volatile", "commit", "dirty", "code", "compiler", "target", "blas",
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
    // Our own arithmetic has the same bits on every processor with explicit FMA.
    let levels = [old.target, new.target]
    let isPromised = levels.allSatisfy { level in
      ["x86-64-v3", "x86-64-v4"].contains { level?.hasPrefix($0) ?? false }
    }
    guard levels[0] != levels[1], !isPromised else { return nil }
    return "made on \(levels[0] ?? "an unknown target"), here \(levels[1] ?? "unknown")"
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
      experiment($0) == nil
    }
  }
}
