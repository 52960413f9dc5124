import Foundation
import Support
import TestSupport
import Testing
import Training

@Suite("Session", .serialized, .temporaryFolder)
struct SessionTests {
  private let folder = TemporaryFolder.path

  /// The session of a command line, whose additional words are separated by spaces.
  private func session(_ more: String, of experiment: Experiment = smallExperiment()) throws
    -> Session
  {
    try experiment.begin(
      arguments: words(
        data: "\(folder)/data", output: "\(folder)/o", more.split(separator: " ").map(String.init)))
  }

  /// The contents of all files below the output folder, and their identities on the disk.
  private func files() throws -> [String: String] {
    let paths = FileManager.default.enumerator(atPath: "\(folder)/o")?.compactMap { $0 as? String }
    return try (paths ?? []).reduce(into: [:]) { files, path in
      let file = "\(folder)/o/\(path)"
      guard !Files.isFolder(file) else { return }
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      files[path] = "\(attributes[.systemFileNumber] ?? "") \(SHA256.hash(try Files.read(file)))"
    }
  }

  @Test("Runs that are done are not made again, whatever the order of the command's words")
  func doneAlready() throws {
    try writeSmallDataset(to: "\(folder)/data")
    #expect(try session("--seeds 0,1 --momentum 0.5").makeRuns().count == 2)
    let before = try files()
    #expect(try session("--momentum 0.5 --seeds 0,1,2").makeRuns().count == 1)
    for (path, file) in before { #expect(try files()[path] == file, "\(path)") }
    #expect(try session("--momentum 0.5 --seeds 0,1,2").makeRuns().isEmpty)
    #expect(
      try session("--momentum 0.5 --seeds 2 --rerun").makeRuns().count == 1)
  }

  @Test("A finished run of another identity is refused before anything is touched")
  func otherIdentity() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seeds 1").makeRuns()
    let before = try files()
    // The first run would be a new one.
    let failure = #expect(throws: Failure.self) {
      try session("--seeds 0,1 --momentum 0.5")
    }
    #expect(failure?.code == .cannotCreate)
    #expect(
      failure?.description
        == "\(folder)/o/seed-1: holds a finished run that differs: momentum is 0.9 there, 0.5 here;"
        + " --replace replaces it, --output-dir DIR puts this one elsewhere")
    #expect(try files() == before)
    // Other images are another identity, too.
    try Files.write(
      Files.read("\(folder)/data/val/ant/ant_0.JPEG"), to: "\(folder)/data/val/ant/ant_9.JPEG")
    let other = #expect(throws: Failure.self) { try session("--seeds 1") }
    #expect(other?.code == .cannotCreate)
    #expect(other?.description.contains("data is ") == true)
    #expect(try files() == before)
    try session("--seeds 1 --replace").makeRuns()
    #expect(try files().keys == before.keys)
    #expect(try files() != before)
    // Now it is one of the same identity.
    #expect(try session("--seeds 1 --replace").makeRuns().isEmpty)
  }

  @Test("The list of runs says how far each of them is, and what becomes of a finished one")
  func states() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seeds 0").makeRuns()
    #expect(throws: Failure.self) { try session("--seeds 1").makeRuns(stoppingAfter: 5) }
    func states(_ more: String) -> [String]? {
      let list = #expect(throws: Finished.self) { try session("--list-runs " + more) }
      return list?.output.split(separator: "\n").map { line in
        line.components(separatedBy: "  ").last ?? ""
      }
    }
    #expect(states("--seeds 0,1,2") == ["done", "stopped after epoch 1 of 2", "not started"])
    let difference = "momentum is 0.9 there, 0.5 here"
    #expect(states("--seeds 0 --momentum 0.5") == ["another run: \(difference)"])
    #expect(states("--seeds 0 --momentum 0.5 --replace") == ["to be replaced: \(difference)"])
    let held = try RunFolder("\(folder)/o/seed-1")
    #expect(states("--seeds 1") == ["at work after epoch 1 of 2"])
    withExtendedLifetime(held) {}
  }

  @Test("Initial weights belong to the identity of a run, and of a checkpoint")
  func initialWeights() throws {
    try writeSmallDataset(to: "\(folder)/data")
    for seed in 1...2 {
      try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/w\(seed)", "--seed", "\(seed)")
      ).makeRuns()
    }
    func weights(_ seed: Int) -> String {
      "--seed 0 --initial-weights \(folder)/w\(seed)/model.safetensors"
    }
    #expect(throws: Failure.self) {
      try session(weights(1)).makeRuns(stoppingAfter: 5)
    }
    let resumed = #expect(throws: Failure.self) {
      try session(weights(2)).makeRuns()
    }
    #expect(resumed?.code == .corrupt)
    #expect(resumed?.description.contains("weights is ") == true)
    try session(weights(1)).makeRuns()
    let finished = #expect(throws: Failure.self) { try session(weights(2)) }
    #expect(finished?.code == .cannotCreate)
    #expect(finished?.description.contains("weights is ") == true)
  }

  @Test("Results from a repository, without weights, are made again to the same bytes")
  func withoutWeights() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seed 0").makeRuns()
    let before = try files().mapValues { $0.split(separator: " ")[1] }
    Files.remove("\(folder)/o/model.safetensors")
    #expect(try session("--seed 0").makeRuns().count == 1)
    let after = try files().mapValues { $0.split(separator: " ")[1] }
    for (path, hash) in before where path != "run.json" { #expect(after[path] == hash, "\(path)") }
  }

  @Test("A diverged run is not repeated and does not keep the others from being made")
  func diverged() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let words = "--sweep lr=1e30,0.001 --seeds 0 --lr-min 0"
    let failure = #expect(throws: Failure.self) { try session(words).makeRuns() }
    #expect(failure?.code == .diverged)
    #expect(Files.exists("\(folder)/o/lr-0.001/seed-0/model.safetensors"))
    let before = try files()
    let again = #expect(throws: Failure.self) { try session(words).makeRuns() }
    #expect(again?.code == .diverged)
    #expect(
      again?.description.contains("diverged earlier in \(folder)/o/lr-1e+30/seed-0") == true)
    #expect(try files() == before)
  }

  @Test("A training that diverged gives way to another, and repeated it begins anew")
  func replacedDivergence() throws {
    try writeSmallDataset(to: "\(folder)/data")
    var experiment = smallExperiment()
    experiment.model.normalization = .none
    // One step per epoch; the weight decay lets the weights grow until they overflow.
    let words = "--seed 0 --batch-size 20 --epochs 9 --lr 1 --weight-decay 5"
    func train(_ words: String) throws -> [RunResult] {
      let options =
        ["--profile", "demo", "--data-path", "\(folder)/data", "--output-dir", "\(folder)/o"]
        + ["--image-size", "32", "--progress", "none"]
      return try experiment.begin(arguments: options + words.split(separator: " ").map(String.init))
        .makeRuns()
    }
    let failure = #expect(throws: Failure.self) { try train(words) }
    #expect(failure?.code == .diverged)
    #expect(Files.exists("\(folder)/o/checkpoint.safetensors"))
    let again = #expect(throws: Failure.self) { try train(words + " --rerun") }
    #expect(again?.code == .diverged && again?.description.contains("training diverged") == true)
    #expect(
      try train("--seed 0 --batch-size 20 --epochs 2 --lr 0.001 --clip-grad-norm 1").count == 1)
    #expect(!Files.exists("\(folder)/o/checkpoint.safetensors"))
  }

  @Test(
    "A run of which a file is damaged is made again",
    arguments: ["metrics.csv", "predictions.csv", "model.safetensors"])
  func damaged(name: String) throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seed 0").makeRuns()
    let whole = try Files.read("\(folder)/o/\(name)")
    for bytes in [Array(whole.dropLast(whole.count / 2)), []] {
      try Files.write(bytes, to: "\(folder)/o/\(name)")
      #expect(try session("--seed 0").makeRuns().count == 1)
      #expect(try Files.read("\(folder)/o/\(name)") == whole)
    }
  }

  @Test("--save-weights copies the weights of a run that is done")
  func savedWeights() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seed 0").makeRuns()
    #expect(try session("--seed 0 --save-weights \(folder)/w").makeRuns().isEmpty)
    #expect(try Files.read("\(folder)/w") == Files.read("\(folder)/o/model.safetensors"))
  }

  @Test("A process killed while it replaces a run leaves nothing that passes for a finished one")
  func killedWhileReplacing() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seed 0").makeRuns()
    // The file that gets its name last is missing between its removal and its renaming.
    Files.remove("\(folder)/o/metrics.csv")
    #expect(try session("--seed 0 --momentum 0.5").makeRuns().count == 1)
  }

  @Test("A limit on training images takes other images for every seed")
  func otherImages() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seeds 0,1 --limit-train 12").makeRuns()
    func fingerprint(_ name: String) throws -> String? {
      let path = "\(folder)/\(name)/run.json"
      return try RunRecord(parsing: try Files.readText(path), name: path).dataFingerprint
    }
    #expect(try fingerprint("o/seed-0") != fingerprint("o/seed-1"))
    try smallExperiment().begin(
      arguments: words(
        data: "\(folder)/data", output: "\(folder)/one", "--seed", "1", "--limit-train", "12")
    ).makeRuns()
    #expect(try fingerprint("one") == fingerprint("o/seed-1"))
    for file in ["metrics.csv", "model.safetensors"] {
      #expect(try Files.read("\(folder)/one/\(file)") == Files.read("\(folder)/o/seed-1/\(file)"))
    }
    #expect(try session("--seeds 0,1 --limit-train 12").makeRuns().isEmpty)
  }

  @Test("The weights of the best epoch are kept, also over an interruption")
  func bestWeights() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session("--seed 0").makeRuns()
    let best = try Files.read("\(folder)/o/best.safetensors")
    #expect(!Files.exists("\(folder)/o/best.checkpoint.safetensors"))
    let path = "\(folder)/o/metrics.csv"
    let metrics = try Table(parsing: try Files.readText(path), name: path)
    let epoch = try #require(EpochMetrics.best(of: metrics)?.epoch)
    let isLast = epoch == metrics.rows.count
    #expect((best == (try Files.read("\(folder)/o/model.safetensors"))) == isLast)
    #expect(throws: Failure.self) {
      try session("--seed 0 --rerun --resume never").makeRuns(stoppingAfter: 5)
    }
    #expect(Files.exists("\(folder)/o/best.checkpoint.safetensors"))
    try session("--seed 0 --rerun").makeRuns()
    #expect(try Files.read("\(folder)/o/best.safetensors") == best)
  }

  @Test("A training ends early once its accuracy has not risen for so many epochs")
  func earlyStop() throws {
    try writeSmallDataset(to: "\(folder)/data")
    // A learning rate that changes nothing: the first epoch is the best.
    var experiment = smallExperiment()
    experiment.model.normalization = .none
    experiment.recipe.learningRate = 1e-30
    experiment.settings.patience = 2
    let options =
      ["--seed", "0", "--profile", "demo", "--data-path", "\(folder)/data"]
      + ["--epochs", "9", "-b", "6", "--image-size", "32", "--progress", "none"]
    let whole = try experiment.begin(arguments: options + ["--output-dir", "\(folder)/a"])
      .makeRuns()
    #expect(whole[0].epochs.map(\.epoch) == [1, 2, 3])
    let stopped = try experiment.begin(arguments: options + ["--output-dir", "\(folder)/b"])
    #expect(throws: Failure.self) { try stopped.makeRuns(stoppingAfter: 9) }
    try experiment.begin(arguments: options + ["--output-dir", "\(folder)/b"]).makeRuns()
    for file in ["metrics.csv", "model.safetensors", "best.safetensors"] {
      #expect(try Files.read("\(folder)/a/\(file)") == Files.read("\(folder)/b/\(file)"))
    }
    #expect(
      try experiment.begin(arguments: options + ["--output-dir", "\(folder)/a"]).makeRuns().isEmpty)
  }
}
