import Foundation
import Support

/// A commit, or the work tree.
package struct Revision: Sendable {
  /// As the user named it.
  package let name: String
  /// The commit's full name, `nil` for the work tree.
  package let commit: String?
  private let git: Git

  /// The name of the work tree.
  package static let workTree = "worktree"

  /// - Parameters:
  ///   - name: A commit as git spells it, or `worktree`.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 if there is no such commit.
  package init(_ name: String, root: String) throws {
    self.name = name
    git = Git(root: root)
    guard name != Self.workTree else {
      commit = nil
      return
    }
    guard let commit = try git.commit(name) else {
      throw Failure(
        .incomparable,
        "\(name): no such revision; expected one that git knows, \(Self.workTree),"
          + " or the folder of a run")
    }
    self.commit = commit
  }

  /// Reads the files below a folder.
  ///
  /// - Parameters:
  ///   - folder: A folder, relative to the root.
  ///   - isWanted: Whether to read the file of a path.
  /// - Returns: The bytes by path, relative to the root.
  /// - Throws: `Failure` with code 2 where a file cannot be read.
  package func files(below folder: String, where isWanted: (String) -> Bool) throws -> [String:
    [UInt8]]
  {
    let paths = try paths(below: folder).filter(isWanted)
    var files: [String: [UInt8]] = [:]
    if let commit {
      for (path, bytes) in zip(paths, try git.files(paths.map { "\(commit):./\($0)" })) {
        files[path] = bytes
      }
    } else {
      for path in paths {
        files[path] = try failing(as: .incomparable) { try Files.read("\(git.root)/\(path)") }
      }
    }
    return files
  }

  /// Reads text files as `files(below:where:)` does.
  ///
  /// - Throws: `Failure` with code 2 also where a file is not UTF-8.
  package func texts(below folder: String, where isWanted: (String) -> Bool) throws -> [String:
    String]
  {
    let files = try files(below: folder, where: isWanted)
    return try failing(as: .incomparable) {
      try Dictionary(
        uniqueKeysWithValues: files.map { path, bytes in
          (path, try String(utf8: bytes, name: path))
        })
    }
  }

  private func paths(below folder: String) throws -> [String] {
    if let commit {
      return try git.output(
        ["ls-tree", "-r", "-z", "--name-only", commit, "--", folder], to: "list files of \(name)"
      ).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
    let files = FileManager.default.enumerator(atPath: "\(git.root)/\(folder)")
    return (files?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
      .filter { !Files.isFolder("\(git.root)/\($0)") }
  }
}
