import Reporting
import Support
import Training

let runsCommand = Subcommand(
  name: "runs", usage: "[options]",
  summary: "list all runs there are, finished or not, with what differs",
  options: [
    Option("--profile", value: "P", help: "only the runs of one profile", default: "all"),
    Option(
      "--sort", value: "COLUMN", help: "accuracies from the highest, all else from the lowest",
      default: "by folder"),
    Option("--csv", help: "as CSV, with all digits"),
    Option("--markdown", help: "as a Markdown table"),
  ],
  run: { options, context in
    try options.rejectArguments()
    guard !options.has("--csv") || !options.has("--markdown") else {
      throw Failure(.usage, "--csv and --markdown: expected one of them")
    }
    let runs = try RunList(
      profile: options.text("--profile"), sortedBy: options.text("--sort"), root: context.root)
    try context.write(
      options.has("--csv")
        ? runs.table.text : options.has("--markdown") ? runs.markdown : runs.text)
  })
