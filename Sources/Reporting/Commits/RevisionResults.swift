import Support
import Training

/// The runs of one revision: their tables and records.
struct RevisionResults {
  let revision: Revision
  private let texts: [String: String]

  /// Reads the runs below a folder.
  ///
  /// - Throws: `Failure` with code 2 where a file cannot be read.
  init(_ revision: Revision, below folder: String) throws {
    self.revision = revision
    let files: [RunFile?] = [.metrics, .steps, .record]
    texts = try revision.texts(below: folder) { files.contains(RunFile(path: $0)) }
  }

  /// The paths of all tables of metrics.
  var tablePaths: [String] { texts.keys.filter { RunFile(path: $0) != .record } }

  /// The table at a path, `nil` if there is none.
  func table(_ path: String) throws -> Table? {
    try failing(as: .incomparable) {
      try texts[path].map { try Table(parsing: $0, name: "\(revision.name):\(path)") }
    }
  }

  /// The record of the run in a folder, `nil` if there is none.
  func provenance(_ folder: String) throws -> Provenance? {
    let path = RunFile.record.path(in: folder)
    return try texts[path].map { try Provenance(parsing: $0, name: "\(revision.name):\(path)") }
  }
}
