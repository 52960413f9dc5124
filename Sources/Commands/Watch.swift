import Foundation
import Reporting
import Support
import Training

let watchCommand = Subcommand(
  name: "watch", usage: "[options]",
  summary: "redraw the figures of a run while it is at work",
  options: [
    Option("--experiment", value: "NAME", help: "only runs of one experiment", default: "all"),
    Option("--profile", value: "P", help: "only runs of one profile", default: "all"),
  ],
  run: { options, context in
    try options.rejectArguments()
    let view = try LiveView(
      experiment: options.text("--experiment"),
      profile: options.choice("--profile", of: Profile.self), root: context.root,
      scratch: "\(context.root)/.build/watch")
    var isWaiting = false
    while true {
      let (lines, isOver) = try view.look()
      if lines.isEmpty, !isWaiting {
        Console.report("watch: no run is at work yet; waiting for one")
      }
      isWaiting = true
      for line in lines { Console.report("watch: \(line); see \(view.page)") }
      if isOver { return }
      Thread.sleep(forTimeInterval: 1)
    }
  })
