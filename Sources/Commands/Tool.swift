import Support
import Training

/// The tool beside the experiments, `squeezenet COMMAND`.
package enum Tool {
  /// One file per command, in the order of the help.
  static let subcommands = [
    summaryCommand, evaluateCommand, classifyCommand, transformCommand, runsCommand,
    diffCommand, historyCommand, verifyCommand, weaveCommand, watchCommand, picturesCommand,
    makeDemoDataCommand, benchmarkCommand,
  ]

  /// Runs a command.
  ///
  /// - Parameters:
  ///   - words: The command's name and its words.
  ///   - context: Where it runs.
  /// - Throws: `Failure`, with code 64 for a wrong command line; `Finished` where the words ask for
  ///   help, or where the exit code is not 0 although nothing failed.
  package static func run(_ words: [String], in context: CommandContext = CommandContext()) throws {
    let names = subcommands.map(\.name).joined(separator: ", ")
    guard let name = words.first else {
      throw Failure(.usage, "no command given; one of \(names)")
    }
    if ["-h", "--help", "help"].contains(name) { throw Finished(output: overview) }
    if name == "--version" { throw Finished(output: versionText + "\n") }
    guard let command = subcommands.first(where: { $0.name == name }) else {
      throw Failure(.usage, "unknown command '\(name)'; one of \(names)")
    }
    try command.run(words: Array(words.dropFirst()), in: context)
  }

  private static let overview = """
    usage: squeezenet COMMAND [options]

    \(subcommands.map { "  " + $0.overviewLine }.joined(separator: "\n"))

    `squeezenet COMMAND --help` lists a command's options.

    """
}
