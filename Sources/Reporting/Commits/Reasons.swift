import Support

/// The settings, and the code, in which the revisions' runs differ.
struct Reasons {
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

  /// One row per reason, with the runs that have it unless the sides are single runs.
  var table: Table {
    let isOfRuns = runs.allSatisfy { $0.runs == [""] } && !runs.isEmpty
    return Table(
      columns: (isOfRuns ? [] : ["runs"]) + ["setting"] + names + ["change"],
      rows: runs.map { (isOfRuns ? [] : [$0.runs.joined(separator: ", ")]) + $0.reason })
  }

  /// Adds the differences between the records of a run, where its table at `path` differs or where it
  /// was configured differently.
  mutating func add(_ path: String, _ sides: [DiffSide], differs: Bool) throws {
    // The record of a run stands above a recording of single steps.
    var folder = path.split(separator: "/").dropLast()
    func read() throws -> [Provenance?] {
      try sides.map { try $0.provenance(folder.joined(separator: "/")) }
    }
    var records = try read()
    while records.allSatisfy({ $0 == nil }), !folder.isEmpty {
      folder = folder.dropLast()
      records = try read()
    }
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

  /// The row of the code, `nil` where all runs were made from the same.
  private mutating func code(_ records: [Provenance?], _ sides: [DiffSide]) throws
    -> [String]?
  {
    // A run made from changed sources was made, as far as can be known, from those that were committed
    // together with it.
    let sources = zip(records, sides).map { record, side -> (name: String, commit: String?)? in
      guard let record, let commit = record.commit else { return nil }
      return record.isDirty
        ? ("\(commit.prefix(9)), changed", side.commit) : ("\(commit.prefix(9))", commit)
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

  /// The files that differ, in words; empty where none differs.
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
