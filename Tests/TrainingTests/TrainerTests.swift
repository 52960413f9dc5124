import Datasets
import Foundation
import Models
import NeuralNetwork
import Support
import TestSupport
import Testing
import Training

@Suite("Training", .serialized, .temporaryFolder)
struct TrainerTests {
  private let folder = TemporaryFolder.path

  /// The deterministic files of a run.
  func files(_ folder: String) throws -> [String: [UInt8]] {
    try ["metrics.csv", "predictions.csv", "model.safetensors"].reduce(into: [:]) {
      $0[$1] = try Files.read("\(folder)/\($1)")
    }
  }

  @Test("A run on a few images learns them and writes all its files")
  func realRun() throws {
    try writeSmallDataset(to: "\(folder)/data")
    // Clipped and without batch norm, which learns so few images only by luck.
    let session = try smallExperiment().begin(arguments: [
      "--profile=demo", "--data-path=\(folder)/data", "--output-dir=\(folder)/run",
      "--image-size=32", "--batch-size=10", "--epochs=8", "--lr=0.01", "--norm=none",
      "--clip-grad-norm=1", "--progress=none", "--seed=0",
    ])
    let result = try session.makeRuns()[0]
    #expect(result.epochs.count == 8)
    #expect(result.evaluation.accuracy == 1)

    let metrics = try Table(
      parsing: try Files.readText("\(folder)/run/metrics.csv"), name: "metrics.csv")
    #expect(
      metrics.columns.joined(separator: ",")
        == "epoch,learning_rate,train_loss,train_accuracy,val_loss,val_accuracy,"
        + "gradient_norm_mean,gradient_norm_max,clipped_steps")
    #expect(metrics["epoch"] == (1...8).map { "\($0)" })
    #expect(metrics["learning_rate"]?.first == "0.01")
    let losses = try #require(metrics.numbers("train_loss"))
    #expect(losses[7] < losses[0] / 2)

    let predictions = try Table(
      parsing: try Files.readText("\(folder)/run/predictions.csv"), name: "predictions.csv")
    #expect(
      predictions.columns == ["index", "path", "label", "predicted", "loss", "probability"])
    #expect(predictions["path"]?.first == "val/ant/ant_0.JPEG")
    #expect(predictions.rows.count == 8)
    #expect(!Files.exists("\(folder)/run/checkpoint.safetensors"))
    #expect(!Files.exists("\(folder)/run/.lock"))

    let record = try JSON(parsing: try Files.read("\(folder)/run/run.json"))
    guard case .object(let members) = record else {
      Issue.record("run.json is no object")
      return
    }
    #expect(members["status"] == .string("complete"))
    #expect(members["parameters"] == .number(result.parameterCount))
    let weights = SHA256.hash(try Files.read("\(folder)/run/model.safetensors"))
    if case .object(let hashes)? = members["weights"] {
      #expect(hashes["final"] == .string(weights))
    } else {
      Issue.record("run.json does not name its weights")
    }
  }

  @Test("A run has the same bytes for any number of threads, and other bytes for another seed")
  func determinism() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let before = Parallel.threads
    defer { Parallel.threads = before }
    func run(_ name: String, _ options: String...) throws -> [String: [UInt8]] {
      let session = try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/\(name)", options))
      _ = try session.makeRuns()
      return try files("\(folder)/\(name)")
    }
    let one = try run("one", "--threads", "1", "--dropout", "0.5")
    #expect(try run("three", "--threads", "3", "--dropout", "0.5") == one)
    #expect(try run("seed", "--seed", "1", "--dropout", "0.5") != one)
  }

  @Test("A resumed run ends in the same bytes, even when stopped within an epoch")
  func resuming() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let experiment = smallExperiment()
    func session(_ name: String) throws -> Session {
      try experiment.begin(
        arguments: words(
          data: "\(folder)/data", output: "\(folder)/\(name)", "--epochs=3", "--log-steps"
        ).filter { $0 != "--epochs" && $0 != "2" })
    }
    _ = try session("whole").makeRuns()
    // Four batches of six in an epoch of 20 images.
    for steps in [1, 4, 7] {
      let path = "\(folder)/stopped-\(steps)"
      let failure = #expect(throws: Failure.self) {
        try session("stopped-\(steps)").makeRuns(stoppingAfter: steps)
      }
      #expect(
        failure
          == Failure(
            .interrupted,
            "interrupted after step \((steps - 1) % 4 + 1) of epoch \((steps - 1) / 4 + 1);"
              + " the same command goes on from \(path)/checkpoint.safetensors"))
      #expect(Files.exists("\(path)/checkpoint.safetensors"))
      #expect(!Files.exists("\(path)/metrics.csv"))
      _ = try session("stopped-\(steps)").makeRuns()
      #expect(try files(path) == files("\(folder)/whole"))
      #expect(try Files.read("\(path)/steps.csv") == Files.read("\(folder)/whole/steps.csv"))
    }
  }

  @Test("A run that fails to write its files resumes after its last epoch, to the same bytes")
  func resumingBeforeFiles() throws {
    try writeSmallDataset(to: "\(folder)/data")
    func session(_ name: String) throws -> Session {
      try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/\(name)"))
    }
    _ = try session("whole").makeRuns()
    try Files.createFolder("\(folder)/stopped")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/stopped/model.safetensors.partial", withDestinationPath: "/dev/full")
    let failure = #expect(throws: Failure.self) { try session("stopped").makeRuns() }
    #expect(failure?.code == .inputOutput)
    #expect(Files.exists("\(folder)/stopped/checkpoint.safetensors"))
    _ = try session("stopped").makeRuns()
    #expect(try files("\(folder)/stopped") == files("\(folder)/whole"))
    #expect(!Files.exists("\(folder)/stopped/checkpoint.safetensors"))
  }

  @Test("A checkpoint of another configuration is rejected with every difference")
  func otherConfiguration() throws {
    try writeSmallDataset(to: "\(folder)/data")
    func session(_ options: String...) throws -> Session {
      try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/run", options))
    }
    #expect(throws: Failure.self) { try session().makeRuns(stoppingAfter: 1) }
    let expected = Failure(
      .corrupt,
      "\(folder)/run/checkpoint.safetensors: a checkpoint of another configuration: "
        + "early_stop is none there, 3 here; lr is 0.00025 there, 0.02 here; "
        + "lr_min is 2.5e-06 there, 0.0002 here; --resume never starts over")
    #expect(throws: expected) { try session("--lr", "0.02", "--early-stop", "3").makeRuns() }
    // Another seed draws other weights.
    let failure = #expect(throws: Failure.self) { try session("--seed", "3").makeRuns() }
    #expect(failure?.description.contains("seed is 0 there, 3 here; weights is ") == true)
    _ = try session("--lr", "0.02", "--seed", "3", "--resume", "never").makeRuns()
    #expect(Files.exists("\(folder)/run/metrics.csv"))
  }

  @Test("A NaN loss ends the run with exit code 3 and keeps its rows")
  func divergence() throws {
    try writeSmallDataset(to: "\(folder)/data")
    var experiment = smallExperiment()
    experiment.model.normalization = .none
    let session = try experiment.begin(
      arguments: words(data: "\(folder)/data", output: "\(folder)/run", "--lr", "1e30"))
    let failure = #expect(throws: Failure.self) { try session.makeRuns() }
    #expect(failure?.code == .diverged)
    #expect(failure?.description.contains("training diverged: loss nan at epoch 1, step") == true)
    let metrics = try Files.readText("\(folder)/run/metrics.csv")
    #expect(metrics.split(separator: "\n").count == 1)
    #expect(try Files.readText("\(folder)/run/run.json").contains("\"status\": \"diverged\""))
  }

  @Test("A run that diverges later keeps its rows and names the last good checkpoint")
  func laterDivergence() throws {
    try writeSmallDataset(to: "\(folder)/data")
    // One step per epoch.
    func train(_ more: String...) throws {
      _ = try smallExperiment().begin(
        arguments: [
          "--profile=demo", "--data-path=\(folder)/data", "--output-dir=\(folder)/run",
          "--image-size=32", "--batch-size=20", "--epochs=9", "--norm=none", "--progress=none",
          "--seed=0",
        ] + more
      ).makeRuns()
    }
    // The weight decay overshoots: weights grow about threefold in every step.
    func diverge() throws { try train("--lr=1", "--weight-decay=5") }
    let failure = #expect(throws: Failure.self) { try diverge() }
    #expect(failure?.code == .diverged)
    let table = try Table(parsing: try Files.readText("\(folder)/run/metrics.csv"), name: "")
    let epochs = table.rows.count
    #expect((1...8).contains(epochs))
    let checkpoint = "\(folder)/run/checkpoint.safetensors"
    #expect(
      failure?.description.contains(
        "\(epochs) epochs kept in \(folder)/run/metrics.csv; the last good checkpoint, after epoch "
          + "\(epochs), is \(checkpoint);") == true, "\(failure?.description ?? "")")
    #expect(try SafeTensors(contentsOf: checkpoint).isFinite)
    // Resumed from the checkpoint, it diverges again with the same message and rows.
    Files.remove("\(folder)/run/run.json")
    let again = #expect(throws: Failure.self) { try diverge() }
    #expect(again == failure)
    let rows = try Table(parsing: try Files.readText("\(folder)/run/metrics.csv"), name: "")
    #expect(rows == table)
    // A fresh start with other settings completes.
    try train("--resume=never", "--lr=0.001", "--clip-grad-norm=1")
    #expect(try Files.readText("\(folder)/run/run.json").contains("\"status\": \"complete\""))
  }

  @Test("Non-finite weights never become a checkpoint or a finished run")
  func infiniteWeights() throws {
    try writeSmallDataset(to: "\(folder)/data")
    for epochs in [1, 2] {
      let session = try smallExperiment().begin(arguments: [
        "--profile=demo", "--data-path=\(folder)/data", "--output-dir=\(folder)/run",
        "--image-size=32", "--batch-size=20", "--epochs=\(epochs)", "--norm=none", "--lr=3e38",
        "--progress=none", "--seed=0",
      ])
      let failure = #expect(throws: Failure.self) { try session.makeRuns() }
      #expect(failure?.code == .diverged)
      #expect(
        failure?.description.hasPrefix(
          "training diverged: weights that are not finite after step 1 of epoch 1;") == true,
        "\(failure?.description ?? "")")
      #expect(!Files.exists("\(folder)/run/checkpoint.safetensors"))
      #expect(!Files.exists("\(folder)/run/model.safetensors"))
    }
  }

  @Test("A second run in the same folder is rejected while the first is running")
  func lockedFolder() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let session = try smallExperiment().begin(
      arguments: words(data: "\(folder)/data", output: "\(folder)/run"))
    let held = try RunFolder("\(folder)/run")
    // Twice: a rejected run must not release the first run's lock.
    for _ in 0..<2 {
      let failure = #expect(throws: Failure.self) { try session.makeRuns() }
      #expect(failure?.code == .cannotCreate)
    }
    withExtendedLifetime(held) {}
  }

  @Test(
    "Saved weights can be another run's initial weights")
  func initialWeights() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let weights = "\(folder)/w.safetensors"
    _ = try smallExperiment().begin(
      arguments: words(data: "\(folder)/data", output: "\(folder)/a", "--save-weights", weights)
    ).makeRuns()
    #expect(try Files.read(weights) == Files.read("\(folder)/a/model.safetensors"))
    let session = try smallExperiment().begin(
      arguments: words(
        data: "\(folder)/data", output: "\(folder)/b", "--initial-weights", weights))
    _ = try session.makeRuns()
    let record = try Files.readText("\(folder)/b/run.json")
    #expect(record.contains("\"initial\": \"\(SHA256.hash(try Files.read(weights)))\""))
  }

  @Test("A brief training records its steps one by one")
  func briefTraining() throws {
    try writeSmallDataset(to: "\(folder)/data")
    var experiment = smallExperiment()
    experiment.trainBriefly(steps: 6, into: "brief") { $0.recipe.learningRate = 0.001 }
    try experiment.begin(arguments: words(data: "\(folder)/data", output: "\(folder)/run"))
      .makeRuns()
    let table = try Table(
      parsing: try Files.readText("\(folder)/run/brief/steps.csv"), name: "steps.csv")
    #expect(table.columns == ["epoch", "step", "learning_rate", "loss", "gradient_norm"])
    #expect(table["epoch"] == ["1", "1", "1", "1", "2", "2"])
    #expect(table["step"] == ["1", "2", "3", "4", "1", "2"])
    #expect(table["learning_rate"]?.first == "0.001")
  }
}
