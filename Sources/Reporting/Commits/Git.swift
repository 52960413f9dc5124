import Foundation
import Support

/// The git repository that a folder belongs to. It is read only: neither the work tree nor the
/// index nor a branch is touched.
package struct Git: Sendable {
  /// A folder of the repository; all paths are seen from here.
  let root: String

  package init(root: String) {
    self.root = root
  }

  /// What decides a run's numbers, beside its command line and its data. What reads results has no
  /// part in them.
  static let inputs = [
    "Package.swift", "Sources", "experiments", ":(exclude)Sources/Reporting",
    ":(exclude)Sources/squeezenet",
  ]

  /// Runs git, whatever it answers.
  ///
  /// - Throws: `Failure` with code 2 where git is not installed.
  func run(_ words: [String], input: String = "") throws -> Command.Result {
    let result = try Command.run(["git", "--no-optional-locks"] + words, in: root, input: input)
    guard result.status != 127 else {
      throw Failure(.incomparable, "git is not installed; run: apt-get install git")
    }
    return result
  }

  /// Runs git and reads its output.
  ///
  /// - Throws: `Failure` with code 2 that says what could not be done and why.
  package func output(_ words: [String], input: String = "", to purpose: String) throws -> [UInt8] {
    let result = try run(words, input: input)
    guard result.status == 0 else {
      throw Failure(.incomparable, "cannot \(purpose): \(result.complaint)")
    }
    return result.output
  }

  /// The full name of a commit, `nil` where there is none of this name.
  ///
  /// - Throws: `Failure` with code 2 outside a repository.
  package func commit(_ name: String) throws -> String? {
    let words = ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(name)^{commit}"]
    let result = try run(words)
    let commit = String(decoding: result.output, as: UTF8.self).trimmed
    if result.status == 0, !commit.isEmpty { return commit }
    guard result.complaint.isEmpty else {
      throw Failure(.incomparable, "\(name): cannot compare: \(result.complaint)")
    }
    return nil
  }

  /// The content of files, read by one process.
  ///
  /// - Parameter names: `COMMIT:./PATH` each.
  /// - Returns: The bytes for each name, `nil` where the commit has no such file.
  /// - Throws: `Failure` with code 2 where git fails.
  package func files(_ names: [String]) throws -> [[UInt8]?] {
    guard !names.isEmpty else { return [] }
    let output = try output(
      ["cat-file", "--batch"], input: names.map { $0 + "\n" }.joined(), to: "read files")
    var rest = output[...]
    return names.map { _ in
      // A line `HASH KIND SIZE`, the content and a line feed; or a line that ends in `missing`.
      let header = rest.prefix { $0 != 0x0A }
      rest = rest.dropFirst(header.count + 1)
      let words = header.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
      guard words.count == 3, let size = Int(words[2]) else { return nil }
      let content = rest.prefix(size)
      rest = rest.dropFirst(size + 1)
      return words[1] == "blob" ? Array(content) : nil
    }
  }

  /// The content of files of text, read by one process.
  ///
  /// - Parameter names: `COMMIT:./PATH` each.
  /// - Returns: A text for each name, `nil` where the commit has no such file.
  /// - Throws: `Failure` with code 2 where git fails or a file is not UTF-8.
  package func texts(_ names: [String]) throws -> [String?] {
    try zip(names, files(names)).map { name, bytes in
      try bytes.map { try text($0, name: name) }
    }
  }

  /// The inputs of runs that differ between two commits, or between a commit and the work tree.
  ///
  /// - Parameters:
  ///   - base: A commit.
  ///   - to: Another one, `nil` for the work tree.
  /// - Returns: Their paths, `nil` where git does not know a commit.
  /// - Throws: `Failure` with code 2 where git is not installed.
  package func changedInputs(from base: String, to: String?) throws -> [String]? {
    let words = ["diff", "--name-only", "--no-ext-diff", "--no-renames", "--relative", "-z", base]
    let result = try run(words + (to.map { [$0] } ?? []) + ["--"] + Self.inputs)
    guard result.status == 0 else { return nil }
    return result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// A file's text.
private func text(_ bytes: [UInt8], name: String) throws -> String {
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw Failure(.incomparable, "\(name): not UTF-8 text")
  }
  return text
}

/// A commit, or the files as they are now.
package struct Revision: Sendable {
  /// As the user named it.
  package let name: String
  /// The commit's full name, `nil` for the work tree.
  package let commit: String?
  private let git: Git

  /// The name that stands for the files as they are now.
  package static let workTree = "worktree"

  /// - Parameters:
  ///   - name: A commit as git spells it, or `worktree`.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 2 where there is no such commit.
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
        "\(name): no such revision; expected one that git knows, or \(Self.workTree)")
    }
    self.commit = commit
  }

  /// Reads files.
  ///
  /// - Parameters:
  ///   - folder: A folder, seen from the root.
  ///   - isWanted: Which of the paths below it to read.
  /// - Returns: The bytes by path, seen from the root.
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
        do {
          files[path] = try Files.read("\(git.root)/\(path)")
        } catch let failure as Failure {
          throw Failure(.incomparable, failure.description)
        }
      }
    }
    return files
  }

  /// Reads files of text, as `files(below:where:)` does.
  ///
  /// - Throws: `Failure` with code 2 also where a file is not UTF-8.
  package func texts(below folder: String, where isWanted: (String) -> Bool) throws -> [String:
    String]
  {
    let files = try files(below: folder, where: isWanted)
    return try Dictionary(
      uniqueKeysWithValues: files.map { path, bytes in (path, try text(bytes, name: path)) })
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
