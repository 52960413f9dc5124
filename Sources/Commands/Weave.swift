import Reporting
import Support

let weaveCommand = Subcommand(
  name: "weave", usage: "[options]",
  summary: "draw figures and write reports from the files of runs",
  options: [
    Option("--profile", value: "P", help: "only one profile", default: "all that have results"),
    Option("--figures", help: "draw figures, write no report"),
  ],
  run: { options, context in
    try options.rejectArguments()
    let profile = try options.text("--profile")
    if options.has("--figures") {
      try drawFigures(profile: profile, root: context.root)
    } else {
      try weave(profile: profile, root: context.root)
    }
  })
