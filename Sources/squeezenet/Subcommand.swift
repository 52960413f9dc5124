import Support
import Training

/// A command of the tool.
struct Subcommand: Sendable {
  let name: String
  /// What follows the name.
  let usage: String
  /// One line for the help.
  let summary: String
  let options: [Option]
  let run: @Sendable (CommandLineOptions) throws -> Void

  /// Name and summary as the list of all commands shows them.
  var overviewLine: String {
    name + String(repeating: " ", count: max(1, 16 - name.count)) + summary
  }

  /// Runs the command with the words that follow its name.
  func run(words: [String]) throws {
    let help = Option("-h", "--help", help: "print this")
    let options = try CommandLineOptions(parsing: words, options: options + [help])
    if options.has("--help") {
      throw Finished(
        output: "usage: squeezenet \(name) \(usage)\n\(summary)\n\n"
          + CommandLineOptions.help(self.options + [help]))
    }
    try run(options)
  }
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
}
