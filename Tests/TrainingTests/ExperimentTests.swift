import Foundation
import Support
import Testing
import Training

@Suite("Experiment")
struct ExperimentTests {
  @Test(
    "A wrong option is a usage error before any data are read",
    arguments: [
      ["--epochs", "0"], ["--epochs", "-1"], ["--epochs", "x"], ["-b", "0"], ["--lr", "0"],
      ["--lr", "nan"], ["--lr-min", "1"], ["--momentum", "1"], ["--weight-decay", "-1"],
      ["--clip-grad-norm", "0"], ["--clip-grad-norm", "some"], ["--norm", "group"],
      ["--final-relu", "yes"], ["--dropout", "1.5"], ["--seed", "-1"], ["--threads", "0"],
      ["--limit-train", "0"], ["--augmentation", "strong"], ["--shuffle", "1"],
      ["--engine", "cuda"], ["--resume", "yes"], ["--progress", "fancy"], ["--profile", "tiny"],
      ["--unknown"], ["stray"], ["--image-size", "0"], ["--rates", "0"],
    ])
  func usage(options: [String]) {
    let failure = #expect(throws: Failure.self) {
      try Experiment("x").begin(
        arguments: ["--data-path", "/nowhere", "--progress", "none"].filter {
          options.first != "--progress" || ($0 != "--progress" && $0 != "none")
        } + options)
    }
    #expect(failure?.code == .usage)
    #expect(failure?.description.contains("\n") == false)
  }

  @Test("Missing data are a failure of their own that says what to do")
  func missingData() throws {
    try withTemporaryFolder { folder in
      func failure(_ path: String) -> Failure? {
        #expect(throws: Failure.self) {
          try Experiment("x").begin(arguments: ["--data-path", path, "--progress", "none"])
        }
      }
      #expect(failure("\(folder)/none")?.code == .missing)
      try Files.createFolder("\(folder)/data/val/n01")
      #expect(failure("\(folder)/data")?.code == .missing)
      #expect(failure("\(folder)/data")?.description.contains("train/") == true)
      try Files.createFolder("\(folder)/data/train/n01")
      try Files.createFolder("\(folder)/data/train/n02")
      #expect(failure("\(folder)/data")?.code == .corrupt)
      #expect(failure("\(folder)/data")?.description.contains("n02") == true)
    }
  }

  @Test("An image that cannot be read is named")
  func badImage() throws {
    try withTemporaryFolder { folder in
      try writeImages(to: "\(folder)/data")
      try Files.write("no image", to: "\(folder)/data/val/n02/1.JPEG")
      let failure = #expect(throws: Failure.self) {
        try smallExperiment().begin(
          arguments: words(data: "\(folder)/data", output: "\(folder)/run"))
      }
      #expect(failure?.code == .corrupt)
      #expect(failure?.description.contains("val/n02/1.JPEG") == true)
    }
  }

  @Test("Weights of another shape are refused before training")
  func otherWeights() throws {
    try withTemporaryFolder { folder in
      try writeImages(to: "\(folder)/data")
      let weights = "\(folder)/w.safetensors"
      _ = try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/a", "--save-weights", weights)
      ).runTraining()
      var experiment = smallExperiment()
      experiment.model.normalization = .none
      let session = try experiment.begin(
        arguments: words(
          data: "\(folder)/data", output: "\(folder)/b", "--initial-weights", weights))
      let failure = #expect(throws: Failure.self) { try session.runTraining() }
      #expect(failure?.code == .corrupt)
      #expect(failure?.description.contains("conv1.norm.weight") == true)
    }
  }

  @Test("Help and version end without training; the help states the experiment's own defaults")
  func help() throws {
    var experiment = Experiment("x", "an experiment")
    experiment.recipe.gradientNormLimit = 1
    experiment.recipe.learningRate = 0.5
    let help = #expect(throws: Finished.self) { try experiment.begin(arguments: ["--help"]) }
    let text = try #require(help?.output)
    #expect(text.hasPrefix("usage: experiment-x [options]\nan experiment\n"))
    #expect(text.contains("largest norm of all gradients together (default: 1)"))
    #expect(text.contains("learning rate of the first epoch (default: 0.5)"))
    for option in [
      "--profile", "--data-path", "--output-dir", "--epochs", "-b, --batch-size", "--image-size",
      "--lr", "--lr-min", "--momentum", "--weight-decay", "--clip-grad-norm", "--norm",
      "--final-relu", "--dropout", "--seed", "-j, --threads", "--limit-train", "--limit-val",
      "--augmentation", "--shuffle", "--engine", "--initial-weights", "--save-weights",
      "--log-steps", "--tensorboard", "--resume", "--progress", "--dry-run", "--version",
    ] { #expect(text.contains("  \(option) ") || text.contains("  \(option)\n"), "\(option)") }
    let version = #expect(throws: Finished.self) { try experiment.begin(arguments: ["--version"]) }
    #expect(version?.output.hasPrefix("squeezenet-experiments ") == true)
  }

  @Test("A dry run tells what would be done and writes nothing")
  func dryRun() throws {
    try withTemporaryFolder { folder in
      let finished = #expect(throws: Finished.self) {
        try smallExperiment().begin(
          arguments: words(
            data: "\(folder)/data", output: "\(folder)/run", "--dry-run", "--lr", "0.05"))
      }
      #expect(finished?.output.contains("lr: 0.05\n") == true)
      #expect(finished?.output.contains("epochs: 2\n") == true)
      #expect(finished?.output.contains("GB: images not there yet, activations 0.") == true)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.isEmpty)
    }
  }
}
