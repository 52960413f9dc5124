import Support
import Training

// The tool beside the experiments: one file a subcommand.

/// A subcommand.
struct Subcommand {
  let name: String
  /// What follows the name.
  let usage: String
  /// One line for the help.
  let summary: String
  let options: [Option]
  let run: (CommandLineOptions) throws -> Void
}

let subcommands = [
  summaryCommand, evaluateCommand, classifyCommand, transformCommand, diffCommand, weaveCommand,
  makeDemoDataCommand, benchmarkCommand,
]

let overview =
  "usage: squeezenet COMMAND [options]\n\n"
  + subcommands.map {
    "  \($0.name)" + String(repeating: " ", count: 16 - $0.name.count) + "\($0.summary)\n"
  }.joined() + "\n`squeezenet COMMAND --help` lists a command's options.\n"

orExit("squeezenet") {
  let words = Array(CommandLine.arguments.dropFirst())
  guard let name = words.first else {
    throw Failure(.usage, "no command given; one of \(subcommands.map(\.name).joined(separator: ", "))")
  }
  if ["-h", "--help", "help"].contains(name) { throw Finished(output: overview) }
  if name == "--version" { throw Finished(output: versionText + "\n") }
  guard let command = subcommands.first(where: { $0.name == name }) else {
    throw Failure(
      .usage,
      "unknown command '\(name)'; one of \(subcommands.map(\.name).joined(separator: ", "))")
  }
  let help = Option("-h", "--help", help: "print this")
  let options = try CommandLineOptions(
    parsing: Array(words.dropFirst()), options: command.options + [help])
  if options.has("--help") {
    throw Finished(
      output: "usage: squeezenet \(command.name) \(command.usage)\n\(command.summary)\n\n"
        + CommandLineOptions.help(command.options + [help]))
  }
  try command.run(options)
}
