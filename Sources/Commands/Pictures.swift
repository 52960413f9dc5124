import Support
import Training

let picturesCommand = Subcommand(
  name: "pictures", usage: "RUN-FOLDER… --data-path DIR",
  summary: "make the pictures of complete runs again, from their weights",
  options: [
    Option("--data-path", value: "DIR", help: "the images that the runs were trained on"),
    .threads,
  ],
  run: { options, _ in
    guard !options.arguments.isEmpty else {
      throw Failure(.usage, "name at least one run's folder")
    }
    let data = try options.required("--data-path")
    try options.applyThreads()
    for folder in options.arguments { try Pictures.write(forRunIn: folder, dataPath: data) }
  })
