import Datasets
import Support

let makeDemoDataCommand = Subcommand(
  name: "make-demo-data", usage: "DIR",
  summary: "write the generated images into a new folder",
  options: [
    Option("--seed", value: "N", help: "seed of all random draws", default: "0")
  ],
  run: { options, _ in
    guard options.arguments.count == 1 else { throw Failure(.usage, "name one folder") }
    let seed = try options.integer("--seed", in: 0...Int.max) ?? 0
    try DemoData.write(to: options.arguments[0], seed: UInt64(seed))
  })
