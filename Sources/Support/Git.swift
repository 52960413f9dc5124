/// The git repository that a folder belongs to. It is only read: neither the work tree nor the index
/// nor a branch is touched.
package struct Git: Sendable {
  /// A folder of the repository; all paths are relative to it.
  package let root: String

  /// The repository that a folder belongs to, with paths relative to that folder.
  package init(root: String) {
    self.root = root
  }

  /// The repository that a folder belongs to, with paths relative to its top folder.
  ///
  /// - Throws: `Failure` with code 2 outside a repository.
  package init(enclosing folder: String) throws {
    let words = ["rev-parse", "--show-toplevel"]
    let output = try Git(root: folder).output(words, to: "find the repository")
    root = String(decoding: output, as: UTF8.self).trimmed
  }

  /// The files that decide a run's numbers, beside its command line and its data: git's pathspecs,
  /// one per line of `inputs.txt`, which the scripts read too. Code that only reads results is left
  /// out, so that a report can be reworded without casting doubt on the runs.
  package static let inputs = String(decoding: PackageResources.inputs_txt, as: UTF8.self)
    .split(separator: "\n").map(String.init)

  /// Runs git and returns its answer, successful or not.
  ///
  /// - Throws: `Failure` with code 2 if git is not installed.
  private func run(_ words: [String], input: String = "") throws -> Program.Result {
    let result = try Program.run(["git", "--no-optional-locks"] + words, in: root, input: input)
    guard result.status != 127 else {
      throw Failure(.incomparable, "git is not installed; run: apt-get install git")
    }
    return result
  }

  /// Runs git and returns its output.
  ///
  /// - Throws: `Failure` with code 2 that says what could not be done and why.
  package func output(_ words: [String], input: String = "", to purpose: String) throws -> [UInt8] {
    let result = try run(words, input: input)
    guard result.status == 0 else {
      throw Failure(.incomparable, "cannot \(purpose): \(result.complaint)")
    }
    return result.output
  }

  /// The full name of a commit, `nil` if git does not know the name.
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

  /// The contents of files, read by one process.
  ///
  /// - Parameter names: Each `COMMIT:./PATH`.
  /// - Returns: The bytes for each name, `nil` if the commit has no such file.
  /// - Throws: `Failure` with code 2 if git fails.
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

  /// The contents of text files, read by one process.
  ///
  /// - Parameter names: Each `COMMIT:./PATH`.
  /// - Returns: The text for each name, `nil` if the commit has no such file.
  /// - Throws: `Failure` with code 2 if git fails or a file is not UTF-8.
  package func texts(_ names: [String]) throws -> [String?] {
    try failing(as: .incomparable) {
      try zip(names, files(names)).map { name, bytes in
        try bytes.map { try String(utf8: $0, name: name) }
      }
    }
  }

  /// The inputs of runs that differ between two commits, or between a commit and the work tree.
  ///
  /// - Parameters:
  ///   - base: A commit.
  ///   - to: Another one, `nil` for the work tree.
  /// - Returns: Their paths, `nil` if git does not know a commit.
  /// - Throws: `Failure` with code 2 if git is not installed.
  package func changedInputs(from base: String, to: String?) throws -> [String]? {
    let words = ["diff", "--name-only", "--no-ext-diff", "--no-renames", "--relative", "-z", base]
    let result = try run(words + (to.map { [$0] } ?? []) + ["--"] + Self.inputs)
    guard result.status == 0 else { return nil }
    return result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether git has all files of the folder as they are: part of the commit that is checked out, and
  /// unchanged.
  ///
  /// - Parameter names: Files that do not count.
  /// - Returns: Whether all others are committed and unchanged; false outside a repository.
  package func hasUnchanged(except names: [String]) -> Bool {
    let words = ["status", "--porcelain", "--ignored", "--untracked-files=all", "-z", "--", "."]
    guard let result = try? run(words + names.map { ":(exclude)\($0)" }) else { return false }
    return result.status == 0 && result.output.isEmpty
  }

  /// The SHA-256 over the inputs of runs as they are in the work tree, by path and content; `nil` outside
  /// a repository, and in one that has none of them.
  ///
  /// - Parameters:
  ///   - isIncluded: Whether a path counts.
  ///   - content: The part of a file that counts, from its path and its text.
  /// - Returns: The digest.
  package func digestOfInputs(
    where isIncluded: (String) -> Bool, content: (String, String) -> String
  ) -> String? {
    let words = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"]
    guard let result = try? run(words + Self.inputs), result.status == 0 else { return nil }
    let paths = Set(result.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
      .filter(isIncluded)
    // A file that is deleted in the work tree is no input.
    let lines = paths.sorted().compactMap { path in
      (try? Files.readText("\(root)/\(path)")).map {
        "\(path) \(SHA256.hash(content(path, $0).utf8))\n"
      }
    }
    return lines.isEmpty ? nil : SHA256.hash(lines.joined().utf8)
  }

  /// Whether an input of runs differs from the commit that is checked out, or is not in it.
  ///
  /// - Throws: `Failure` with code 2 outside a repository.
  package func hasChangedInputs() throws -> Bool {
    let words = ["status", "--porcelain", "--"] + Self.inputs
    return !(try output(words, to: "look for changes").isEmpty)
  }
}
