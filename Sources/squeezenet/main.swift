import Support
import Training

// The tool beside the experiments: one file a subcommand.

let subcommands = [
  summaryCommand, evaluateCommand, classifyCommand, transformCommand, diffCommand, historyCommand,
  verifyCommand, weaveCommand, watchCommand, picturesCommand, makeDemoDataCommand,
  benchmarkCommand,
]

let names = subcommands.map { $0.name }.joined(separator: ", ")

let overview = """
  usage: squeezenet COMMAND [options]

  \(subcommands.map { "  " + $0.overviewLine }.joined(separator: "\n"))

  `squeezenet COMMAND --help` lists a command's options.

  """

orExit("squeezenet") {
  let words = Array(CommandLine.arguments.dropFirst())
  guard let name = words.first else {
    throw Failure(.usage, "no command given; one of \(names)")
  }
  if ["-h", "--help", "help"].contains(name) { throw Finished(output: overview) }
  if name == "--version" { throw Finished(output: versionText + "\n") }
  guard let command = subcommands.first(where: { $0.name == name }) else {
    throw Failure(.usage, "unknown command '\(name)'; one of \(names)")
  }
  try command.run(words: Array(words.dropFirst()))
}
