import Reporting
import Support
import Training

let diffCommand = Subcommand(
  name: "diff", usage: "[BASE] [TO…] [options]",
  summary:
    "compare the metrics of commits, of HEAD and the work tree, or of two runs (FOLDER, REV:FOLDER)",
  options: [
    Option("--profile", value: "P", help: "only the runs of one profile", default: "all"),
    Option("--rtol", value: "X", help: "relative difference to ignore", default: "0"),
    Option("--atol", value: "X", help: "absolute difference to ignore", default: "0"),
    Option("--exit-code", help: "exit with 1 where metrics differ"),
    Option("--markdown", help: "as Markdown tables"),
    Option("--overlay", value: "OUT.svg", help: "draw all curves over each other"),
  ],
  run: { options, context in
    func tolerance(_ name: String) throws -> Double {
      try options.number(name, expected: "a number of at least 0") { $0 >= 0 } ?? 0
    }
    // By default HEAD is compared with the work tree.
    let names = options.arguments + ["HEAD", Revision.workTree].dropFirst(options.arguments.count)
    let diff = try MetricDiff(
      names, profile: options.text("--profile"),
      tolerance: Tolerance(relative: tolerance("--rtol"), absolute: tolerance("--atol")),
      root: context.root)
    try context.write(options.has("--markdown") ? diff.markdown : diff.text)
    if let path = try options.text("--overlay") {
      try diff.drawOverlay(to: path)
      Console.report("diff: drew \(path)")
    }
    if options.has("--exit-code"), !diff.isEmpty { throw Finished(.differences) }
  })
