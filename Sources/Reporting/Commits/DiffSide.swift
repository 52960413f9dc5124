import Support
import Training

/// One side of a comparison: the tables and records of all runs of a revision, or those of one run.
struct DiffSide {
  /// As the user named it.
  let name: String
  /// The commit that holds the files, `nil` for those of the work tree and of other folders.
  let commit: String?
  /// Whether it is one run. Its files go by their paths in its folder then, else by those that they have
  /// below `reports/` today.
  let isRun: Bool
  private var files: [String: File] = [:]

  /// A file's text, and what an error calls the file.
  private struct File {
    let name: String
    let text: String
  }

  /// Finds what the user names.
  ///
  /// - Parameters:
  ///   - name: A revision, the folder of a run, or `REVISION:FOLDER`.
  ///   - folder: The runs of a revision that are compared.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 if there is no such thing or a file cannot be read.
  init(_ name: String, below folder: String, root: String) throws {
    let path = name.hasPrefix("/") ? name : "\(root)/\(name)"
    if Files.exists(RunFile.metrics.path(in: path)) {
      try self.init(run: path, name: name)
    } else if let colon = name.firstIndex(of: ":"), try Git(root: root).commit(name) == nil {
      let revision = try Revision(String(name[..<colon]), root: root)
      try self.init(run: String(name[name.index(after: colon)...]), of: revision, name: name)
    } else {
      try self.init(try Revision(name, root: root), below: folder)
    }
  }

  /// The runs of a revision below a folder.
  private init(_ revision: Revision, below folder: String) throws {
    (name, commit, isRun) = (revision.name, revision.commit, false)
    let wanted: [RunFile?] = [.metrics, .steps, .record]
    let texts = try revision.texts(below: folder) { wanted.contains(RunFile(path: $0)) }
    // Today's place of a file wins over an earlier one.
    for (path, text) in texts.sorted(by: { $0.key > $1.key }) {
      let place = RunPath(path)?.text ?? path
      if place == path || files[place] == nil {
        files[place] = File(name: "\(name):\(path)", text: text)
      }
    }
  }

  /// A run of a revision.
  private init(run folder: String, of revision: Revision, name: String) throws {
    (self.name, commit, isRun) = (name, revision.commit, true)
    let folder = folder.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    func place(_ path: String) -> String { RunPath(path)?.text ?? path }
    let prefix = String(
      place(RunFile.metrics.path(in: folder)).dropLast(RunFile.metrics.name.count))
    let texts = try revision.texts(below: ".") {
      place($0).hasPrefix(prefix) && Self.isCompared(place($0).dropFirst(prefix.count))
    }
    for (path, text) in texts {
      files[String(place(path).dropFirst(prefix.count))] =
        File(name: "\(revision.name):\(path)", text: text)
    }
    guard files[RunFile.metrics.name] != nil else {
      throw Failure(
        .incomparable, "\(name): no \(RunFile.metrics.name) in \(folder)/ of \(revision.name)")
    }
  }

  /// A run in a folder, which need not be part of a repository.
  private init(run folder: String, name: String) throws {
    (self.name, commit, isRun) = (name, nil, true)
    let folders = [""] + Results.subfolders(folder).map { "\($0)/" }
    for path in folders.flatMap({ folder in RunFile.allCases.map { folder + $0.name } })
    where Self.isCompared(path[...]) && Files.exists("\(folder)/\(path)") {
      let text = try failing(as: .incomparable) { try Files.readText("\(folder)/\(path)") }
      files[path] = File(name: "\(name)/\(path)", text: text)
    }
  }

  /// Whether the file at a path in a run's folder is compared where the run is compared by itself.
  private static func isCompared(_ path: Substring) -> Bool {
    let file = RunFile(path: String(path))
    return path.contains("/")
      ? file == .steps : [.metrics, .steps, .record, .predictions].contains(file)
  }

  /// The paths of all tables of metrics.
  var tablePaths: [String] {
    files.keys.filter { [.metrics, .steps].contains(RunFile(path: $0)) }
  }

  /// The table at a path, `nil` if there is none.
  func table(_ path: String) throws -> Table? {
    try failing(as: .incomparable) {
      try files[path].map { try Table(parsing: $0.text, name: $0.name) }
    }
  }

  /// The predictions of a single run, `nil` if there are none.
  var predictions: Table? {
    get throws { isRun ? try table(RunFile.predictions.name) : nil }
  }

  /// The record of the run in a folder, `nil` if there is none.
  func provenance(_ folder: String) throws -> Provenance? {
    let path = folder.isEmpty ? RunFile.record.name : RunFile.record.path(in: folder)
    return try files[path].map { try Provenance(parsing: $0.text, name: $0.name) }
  }
}
