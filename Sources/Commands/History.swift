import Reporting
import Support
import Training

let historyCommand = Subcommand(
  name: "history", usage: "[options]",
  summary: "list the commits that changed a run's metrics",
  options: [
    Option("--profile", value: "P", help: "only the runs of one profile", default: "all"),
    Option("--markdown", help: "as a Markdown table"),
    Option("--figure", value: "OUT.svg", help: "draw validation accuracy by commit"),
  ],
  run: { options, context in
    try options.rejectArguments()
    let history = try History(profile: options.text("--profile"), root: context.root)
    try context.write(options.has("--markdown") ? history.markdown : history.text)
    if let path = try options.text("--figure") {
      try history.drawFigure(to: path)
      Console.report("history: drew \(path)")
    }
  })
