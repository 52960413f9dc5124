import Foundation
import Support
import TestSupport
import Testing
import Training

@Suite("Experiment", .temporaryFolder)
struct ExperimentTests {
  private let folder = TemporaryFolder.path

  @Test(
    "An invalid option is a usage error before any data are read",
    arguments: [
      ["--epochs", "0"], ["--epochs", "-1"], ["--epochs", "x"], ["-b", "0"], ["--lr", "0"],
      ["--lr", "nan"], ["--lr-min", "1"], ["--momentum", "1"], ["--weight-decay", "-1"],
      ["--clip-grad-norm", "0"], ["--clip-grad-norm", "some"], ["--norm", "group"],
      ["--final-relu", "yes"], ["--dropout", "1.5"], ["--seed", "-1"], ["--threads", "0"],
      ["--limit-train", "0"], ["--augmentation", "strong"], ["--shuffle", "1"],
      ["--engine", "cuda"], ["--resume", "yes"], ["--progress", "fancy"], ["--profile", "tiny"],
      ["--unknown"], ["stray"], ["--image-size", "0"], ["--rates", "0"],
      // Sweeps, seeds and places in the list of runs.
      ["--sweep", "dropout"], ["--sweep", "dropout="], ["--sweep", "dropout=0,"],
      ["--sweep", "dropout=0,2"], ["--sweep", "dropout=0.5,0.50"], ["--sweep", "rate=0,0.5"],
      ["--sweep", "threads=1,2"], ["--sweep", "log-steps=on"], ["--sweep", "seed=0,1"],
      ["--sweep", "profile=demo,quick"], ["--sweep", "classes=2,3"],
      ["--sweep", "initial-weights=a,b"], ["--sweep", "lr=1", "--sweep", "lr=2"],
      ["--sweep", "lr=1", "--lr", "2"], ["--seeds", ""], ["--seeds", "0,0"], ["--seeds", "0,x"],
      ["--seeds", "0,1,"], ["--seed", "0", "--seeds", "1"], ["--run", "3"], ["--run", "-1"],
      ["--sweep", "lr=0.1,0.2", "--lr-min", "0.15"], ["--save-weights", "/tmp/w"],
      ["--early-stop", "0"],
      // Not a number, too large, nothing, twice.
      ["--epochs", "1e3"], ["--epochs", "0x10"], ["--epochs", "2.0"], ["--epochs", " 2"],
      ["--epochs", "99999999999999999999"], ["--epochs", ""], ["--epochs"],
      ["--epochs", "1", "--epochs", "1"], ["-b", "1", "--batch-size", "1"], ["-b", "65537"],
      ["--threads", "1025"], ["-j", "-1"], ["--seed", "18446744073709551616"],
      ["--limit-train", "-1"], ["--limit-val", "0"], ["--limit-val", "1.5"],
      ["--lr", "inf"], ["--lr", "-0.1"], ["--lr", "0,1"], ["--lr", "1e999"], ["--lr", "1e39"],
      ["--lr", "1e-60"], ["--clip-grad-norm", "-1"], ["--clip-grad-norm", "1e-60"],
      ["--clip-grad-norm", "inf"], ["--momentum", "-0.1"], ["--momentum", "0.99999999999"],
      ["--weight-decay", "nan"], ["--lr-min", "-1"], ["--dropout", "-0.1"], ["--dropout", "nan"],
      ["--data-path", "/nowhere"], ["--profile", ""], ["--output-dir", ""],
      ["--save-weights", ""], ["--initial-weights", ""], ["--log-steps=yes"],
      ["--skip-bad-images=all"], ["--dry-run", "now"],
      // Options that are only wrong in combination.
      ["--lr", "0.1", "--lr-min", "0.2"], ["--image-size", "10"],
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

  @Test("A weights file that could not be written at the end is rejected at the start")
  func outputs() throws {
    try Files.write("", to: "\(folder)/file")
    for (options, reason) in [
      (["--save-weights", "\(folder)/no/w"], "\(folder)/no/w: no such file or directory"),
      (["--save-weights", folder], "\(folder): is a directory"),
      (["--output-dir", "\(folder)/file/run"], "file/run/run.json: not a directory"),
    ] {
      let failure = #expect(throws: Failure.self) {
        try Experiment("x").begin(arguments: ["--data-path", "/nowhere", "--seed", "0"] + options)
      }
      #expect(failure?.code == .cannotCreate)
      #expect(failure?.description.hasSuffix(reason) == true)
    }
    // A run that fails for another reason creates nothing.
    let failure = #expect(throws: Failure.self) {
      try Experiment("x").begin(
        arguments: ["--data-path", "/nowhere", "--output-dir", "\(folder)/a/b", "--seed", "0"])
    }
    #expect(failure?.code == .missing)
    #expect(!Files.exists("\(folder)/a"))
  }

  @Test("Missing data fail with exit code 66 and the next step")
  func missingData() throws {
    func failure(_ path: String) -> Failure? {
      #expect(throws: Failure.self) {
        try Experiment("x").begin(arguments: ["--data-path", path, "--progress", "none"])
      }
    }
    #expect(failure("\(folder)/none")?.code == .missing)
    try Files.createFolder("\(folder)/data/val/ant")
    #expect(failure("\(folder)/data")?.code == .missing)
    #expect(failure("\(folder)/data")?.description.contains("train/") == true)
    try Files.createFolder("\(folder)/data/train/ant")
    try Files.createFolder("\(folder)/data/train/cat")
    #expect(failure("\(folder)/data")?.code == .corrupt)
    #expect(failure("\(folder)/data")?.description.contains("cat") == true)
  }

  @Test("A run names the image that cannot be decoded")
  func badImage() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try Files.write("no image", to: "\(folder)/data/val/cat/cat_1.JPEG")
    let failure = #expect(throws: Failure.self) {
      try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/run"))
    }
    #expect(failure?.code == .corrupt)
    #expect(failure?.description.contains("val/cat/cat_1.JPEG") == true)
  }

  @Test("--skip-bad-images gives the same run as a folder without them and counts them")
  func skipsBadImages() throws {
    for place in ["a", "b"] { try writeSmallDataset(to: "\(folder)/\(place)") }
    for file in ["train/ant/ant_3.JPEG", "train/cat/cat_0.JPEG", "val/cat/cat_1.JPEG"] {
      try Files.write("no image", to: "\(folder)/a/\(file)")
      Files.remove("\(folder)/b/\(file)")
    }
    func train(_ place: String, _ more: String...) throws {
      _ = try smallExperiment().begin(
        arguments: words(
          data: "\(folder)/\(place)", output: "\(folder)/run-\(place)", "--limit-train", "12")
          + more
      ).makeRuns()
    }
    try train("a", "--skip-bad-images")
    try train("b")
    for file in ["metrics.csv", "predictions.csv", "model.safetensors"] {
      #expect(try Files.read("\(folder)/run-a/\(file)") == Files.read("\(folder)/run-b/\(file)"))
    }
    func data(_ place: String) throws -> [String: JSON] {
      let record = try JSON(parsing: try Files.read("\(folder)/run-\(place)/run.json"))
      guard case .object(let members) = record, case .object(let data)? = members["data"] else {
        return [:]
      }
      return data
    }
    var expected = try data("b")
    #expect(expected["skipped_images"] == nil)
    expected["skipped_images"] = .number(3)
    #expect(try data("a") == expected)
    #expect(try Files.readText("\(folder)/run-a/run.json").contains("--skip-bad-images"))
  }

  @Test("Weights of another shape are rejected before training")
  func otherWeights() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let weights = "\(folder)/w.safetensors"
    _ = try smallExperiment().begin(
      arguments: words(data: "\(folder)/data", output: "\(folder)/a", "--save-weights", weights)
    ).makeRuns()
    var experiment = smallExperiment()
    experiment.model.normalization = .none
    // Before any image is read: this one could not be decoded.
    try Files.write("no image", to: "\(folder)/data/train/ant/ant_0.JPEG")
    let failure = #expect(throws: Failure.self) {
      try experiment.begin(
        arguments: words(
          data: "\(folder)/data", output: "\(folder)/b", "--initial-weights", weights))
    }
    #expect(failure?.code == .corrupt)
    #expect(failure?.description.contains("conv1.norm.weight") == true)
  }

  @Test("--help and --version train nothing; --help states the experiment's own defaults")
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

  @Test("A dry run describes the run and writes nothing")
  func dryRun() throws {
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
