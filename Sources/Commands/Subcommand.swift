import Support
import Training

/// A command of the tool.
package struct Subcommand: Sendable {
  let name: String
  /// The words after the name, as the help shows them.
  let usage: String
  /// One line for the help.
  let summary: String
  let options: [Option]
  /// Does the work. Throws `Finished` where the exit code is not 0 although nothing failed.
  let run: @Sendable (CommandLineOptions, CommandContext) throws -> Void

  /// Name and summary as the list of all commands shows them.
  var overviewLine: String {
    name + String(repeating: " ", count: max(1, 16 - name.count)) + summary
  }

  /// Runs the command with the words that follow its name.
  func run(words: [String], in context: CommandContext) throws {
    let options = options + [Option("-h", "--help", help: "print this")]
    let given = try CommandLineOptions(parsing: words, options: options)
    if given.has("--help") {
      throw Finished(
        output: "usage: squeezenet \(name) \(usage)\n\(summary)\n\n"
          + CommandLineOptions.help(options))
    }
    try run(given, context)
  }
}

/// Where a command finds the package and writes its results.
package struct CommandContext: Sendable {
  /// The package's folder.
  let root: String
  /// Writes a text to standard output.
  let write: @Sendable (String) throws -> Void

  /// The current folder and the program's standard output, unless others are given.
  package init(
    root: String = ".", write: @escaping @Sendable (String) throws -> Void = Console.write
  ) {
    self.root = root
    self.write = write
  }

  /// Writes a line to standard output.
  func print(_ line: String) throws { try write(line + "\n") }
}

extension CommandLineOptions {
  /// Fails where words are left that belong to no option.
  func rejectArguments() throws {
    if let word = arguments.first { throw Failure(.usage, "unexpected argument '\(word)'") }
  }

  /// The text of an option that must be given.
  func required(_ name: String) throws -> String {
    guard let text = try text(name) else { throw Failure(.usage, "\(name) is needed") }
    return text
  }

  /// Sets the number of threads where `-j` gives one.
  func applyThreads() throws {
    if let threads = try integer("--threads", in: 1...1024) { Parallel.threads = threads }
  }
}

extension Option {
  /// `-j`, for commands whose results do not depend on it.
  static let threads = Option(
    "-j", "--threads", value: "N", help: "changes no result", default: "all processors")
}
