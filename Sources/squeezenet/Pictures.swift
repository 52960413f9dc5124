import Support
import Training

let picturesCommand = Subcommand(
  name: "pictures", usage: "RUN-FOLDER… --data-path DIR",
  summary: "make the pictures of finished runs again, from their weights",
  options: [
    Option("--data-path", value: "DIR", help: "the images that the runs were trained on"),
    Option("-j", "--threads", value: "N", help: "changes no result", default: "all processors"),
  ],
  run: { options in
    guard !options.arguments.isEmpty else {
      throw Failure(.usage, "name at least one run's folder")
    }
    let data = try options.required("--data-path")
    if let threads = try options.integer("--threads", in: 1...1024) { Parallel.threads = threads }
    for folder in options.arguments { try Pictures.write(forRunIn: folder, dataPath: data) }
  })
