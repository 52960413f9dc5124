import Foundation
import Reporting
import Support
import Training

let diffCommand = Subcommand(
  name: "diff", usage: "[BASE] [TO…] [options]",
  summary: "compare the metrics of commits (HEAD and the files as they are)",
  options: [
    Option("--profile", value: "P", help: "only the runs of one profile", default: "all"),
    Option("--rtol", value: "X", help: "relative difference that counts as none", default: "0"),
    Option("--atol", value: "X", help: "absolute difference that counts as none", default: "0"),
    Option("--exit-code", help: "exit with 1 where anything differs"),
    Option("--markdown", help: "as Markdown tables"),
    Option("--overlay", value: "OUT.svg", help: "draw the curves of all commits over each other"),
  ],
  run: { options in
    func tolerance(_ name: String) throws -> Double {
      try options.number(name, expected: "a number of at least 0") { $0 >= 0 } ?? 0
    }
    // What is not named is HEAD and the files as they are.
    let names = options.arguments + ["HEAD", "worktree"].dropFirst(options.arguments.count)
    let diff = try MetricDiff(
      names, profile: options.text("--profile"),
      tolerance: Tolerance(relative: tolerance("--rtol"), absolute: tolerance("--atol")),
      root: ".")
    try Console.write(options.has("--markdown") ? diff.markdown : diff.text)
    if let path = try options.text("--overlay") {
      try diff.drawOverlay(to: path)
      Console.report("diff: drew \(path)")
    }
    if options.has("--exit-code"), !diff.isEmpty { exit(ExitCode.differences.rawValue) }
  })
