import Foundation
import Models
import Support
import TestSupport
import Testing
import Training

@Suite("Settings", .temporaryFolder)
struct SettingsTests {
  private let folder = TemporaryFolder.path

  /// What a dry run with these words says, by name.
  private func plan(
    _ experiment: Experiment = Experiment("x"), _ words: String...
  ) throws -> [String: String] {
    let finished = #expect(throws: Finished.self) {
      try experiment.begin(
        arguments: ["--data-path", "/nowhere", "--progress", "none", "--dry-run"] + words)
    }
    let lines = try #require(finished?.output).split(separator: "\n")
    return lines.reduce(into: [:]) { plan, line in
      let words = line.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
      plan[String(words[0])] = String(words[1])
    }
  }

  @Test("Every committed record reads back as the settings that wrote it")
  func committedRecords() throws {
    let reports = "\(packageRoot)/reports"
    let paths = try #require(FileManager.default.enumerator(atPath: reports))
      .compactMap { $0 as? String }.filter { $0.hasSuffix("/run.json") }
    #expect(paths.count >= 6)
    for path in paths {
      let text = try Files.readText("\(reports)/\(path)")
      let record = try RunRecord(parsing: text, name: path)
      let settings = try record.settings(path: path)
      // Settings that are younger than the record have their defaults.
      let configuration = try #require(record.json["configuration"]?.flattened)
      let written = JSON.object(settings.record).flattened
      #expect(configuration.allSatisfy { written[$0.key] == $0.value }, "\(path)")
      #expect(record.status != nil && record.isDirty != nil, "\(path)")
      #expect(record.command?.hasPrefix("swift run -c release experiment-") == true, "\(path)")
      #expect(record.parameterCount ?? 0 > 700_000 && record.trainingImages ?? 0 >= 1_000)
    }
  }

  @Test("Every setting reads back the text and the record it writes")
  func roundTrips() throws {
    var settings = Settings()
    settings.profile = .quick
    settings.recipe.epochs = 3
    settings.recipe.batchSize = 5
    settings.recipe.learningRate = 0.1
    settings.recipe.finalLearningRate = 1e-7
    settings.recipe.momentum = 0.5
    settings.recipe.weightDecay = 1e-5
    settings.recipe.gradientNormLimit = 2.5
    settings.recipe.augmentation = .none
    settings.recipe.isShuffled = false
    settings.model = SqueezeNet.Configuration(variant: .v1_0)
    settings.model.bypass = .complex
    settings.model.normalization = .batch
    settings.model.hasFinalReLU = false
    settings.model.dropoutRate = 0.125
    settings.model.classes = 7
    settings.seed = .max
    settings.engine = .openblas
    settings.imageSize = 65
    settings.trainingLimit = 11
    settings.validationLimit = 12
    settings.patience = 13
    settings.initialWeights = "file"
    #expect(try Settings(record: settings.record, path: "") == settings)
    let options = Settings.table.map { $0.option(of: settings) }
    let words = Settings.table.filter(\.isRecorded).flatMap { [$0.name, $0.text(settings)] }
    let parsed = try CommandLineOptions(parsing: words, options: options)
    var read = Settings()
    for row in Settings.table { try row.apply(parsed, to: &read) }
    #expect(read == settings)
    // No setting is left at its default, so none can have been passed over.
    for row in Settings.table where row.isRecorded {
      #expect(row.text(settings) != row.text(Settings()), "\(row.name)")
    }
  }

  @Test(
    "A setting missing from a record has its default; an invalid one is an error")
  func incompleteRecords() throws {
    var record = Settings().record
    record["seed"] = nil
    #expect(try Settings(record: record, path: "").seed == 0)
    for (key, value, message) in [
      ("final_relu", JSON.string("on"), "expected one of on, off, got on"),
      ("epochs", .number(0), "expected a whole number from 1 to 100000, got 0"),
      ("norm", .string("group"), "expected one of none, batch, got group"),
      ("profile", nil, "expected one of demo, quick, notebook-128, notebook, got no such entry"),
    ] {
      var record = Settings().record
      record[key] = value
      #expect(throws: Failure(.corrupt, "run.json: configuration.\(key): \(message)")) {
        try Settings(record: record, path: "run.json")
      }
    }
  }

  @Test("A script can change any setting, and the command line overrides it")
  func lastWord() throws {
    var experiment = Experiment("x")
    experiment.seeds = [3]
    experiment.settings.trainingLimit = 40
    experiment.settings.engine = .openblas
    experiment.recipe.gradientNormLimit = 1
    experiment.recipe.epochs = 4
    experiment.model.variant = .v1_1
    let script = try plan(experiment)
    #expect(script["seed"] == "3" && script["limit_train"] == "40" && script["epochs"] == "4")
    #expect(script["clip_grad_norm"] == "1" && script["engine"] == "openblas")
    #expect(script["variant"] == "1.1" && script["bypass"] == "simple")
    let changed = try plan(
      experiment, "--seed=4", "--limit-train=none", "--clip-grad-norm=none", "--epochs=5",
      "--engine=direct", "--final-relu=off")
    #expect(changed["seed"] == "4" && changed["limit_train"] == "none")
    #expect(changed["clip_grad_norm"] == "none" && changed["epochs"] == "5")
    #expect(changed["engine"] == "direct" && changed["final_relu"] == "off")
    let help = #expect(throws: Finished.self) { try experiment.begin(arguments: ["--help"]) }
    #expect(help?.output.contains("passes over the data (default: 4)") == true)
    #expect(help?.output.contains("(default: 3)") == true)
  }

  @Test("--variant implies its usual bypass, and --bypass overrides it in any order")
  func variants() throws {
    #expect(try plan()["bypass"] == "simple")
    #expect(try plan(Experiment("x"), "--variant=1.0")["bypass"] == "none")
    for words in [["--variant=1.1", "--bypass=complex"], ["--bypass=complex", "--variant=1.1"]] {
      let plan = try plan(Experiment("x"), words[0], words[1])
      #expect(plan["variant"] == "1.1" && plan["bypass"] == "complex")
    }
    var experiment = Experiment("x")
    experiment.model = SqueezeNet.Configuration(variant: .v1_0)
    #expect(try plan(experiment, "--variant=notebook")["bypass"] == "simple")
  }

  @Test(
    "The command that repeats a run contains exactly the settings that change numbers, quoted for the shell"
  )
  func command() throws {
    try writeSmallDataset(to: "\(folder)/data")
    _ = try smallExperiment().begin(
      arguments: words(
        data: "\(folder)/data", output: "\(folder)/run", "--threads", "1", "--log-steps",
        "--variant=1.1", "--save-weights", "\(folder)/a b.safetensors")
    ).makeRuns()
    let path = "\(folder)/run/run.json"
    let record = try RunRecord(parsing: try Files.readText(path), name: path)
    #expect(
      record.command
        == "swift run -c release experiment-small --profile demo --epochs 2 --batch-size 6"
        + " --image-size 32 --variant 1.1 --log-steps --seed 0")
  }
}
