import Reporting
import Support
import Training

let verifyCommand = Subcommand(
  name: "verify", usage: "DIR [options]",
  summary: "compare repeated runs with the committed ones, byte by byte",
  options: [
    Option("--base", value: "REV", help: "the commit to compare with", default: "HEAD"),
    Option("--profile", value: "P", help: "the profile that was repeated", default: "demo"),
  ],
  run: { options, context in
    guard options.arguments.count == 1 else {
      throw Failure(.usage, "name the folder that holds reports/ of the repeated runs")
    }
    let base = try options.text("--base") ?? "HEAD"
    let verification = try Verification(
      of: options.arguments[0], base: base, profile: options.text("--profile") ?? "demo",
      root: context.root)
    for reservation in verification.reservations {
      Console.report("verify: \(reservation)")
    }
    for difference in verification.differences { try context.print(difference) }
    if verification.outcome == .success {
      try context.print("all \(verification.fileCount) files have the bytes of \(base)")
    }
    if verification.outcome != .success { throw Finished(verification.outcome) }
  })
