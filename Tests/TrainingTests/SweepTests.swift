import Foundation
import Support
import TestSupport
import Testing
import Training

@Suite("Sweep", .serialized, .temporaryFolder)
struct SweepTests {
  private let folder = TemporaryFolder.path

  func session(_ folder: String, rates: String) throws -> Session {
    var experiment = smallExperiment()
    experiment.dropoutRates = [0, 0.5]
    return try experiment.begin(
      arguments: words(data: "\(folder)/data", output: "\(folder)/sweep", "--rates", rates))
  }

  @Test("A sweep writes one folder and one summary row per rate")
  func summary() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try session(folder, rates: "0,0.125").makeRuns()
    let summary = try Table(
      parsing: try Files.readText("\(folder)/sweep/summary.csv"), name: "summary.csv")
    #expect(
      summary.columns.joined(separator: ",")
        == "dropout,epochs,train_loss,train_accuracy,val_loss,val_accuracy,"
        + "best_val_accuracy,best_epoch")
    #expect(summary["dropout"] == ["0", "0.125"])
    #expect(Files.exists("\(folder)/sweep/0.00/metrics.csv"))
    let metrics = try Table(
      parsing: try Files.readText("\(folder)/sweep/0.125/metrics.csv"), name: "metrics.csv")
    #expect(summary["val_loss"]?.last == metrics["val_loss"]?.last)
    #expect(!Files.exists("\(folder)/sweep/sweep.partial"))
  }

  @Test("A resumed sweep does not repeat finished rates")
  func resuming() throws {
    try writeSmallDataset(to: "\(folder)/data")
    do {
      // The second run is refused because its folder is locked.
      let held = try RunFolder("\(folder)/sweep/0.50")
      #expect(throws: Failure.self) { try session(folder, rates: "0,0.5").makeRuns() }
      withExtendedLifetime(held) {}
    }
    #expect(!Files.exists("\(folder)/sweep/summary.csv"))
    // The finished run's file is the same one: it was not written again.
    let metrics = "\(folder)/sweep/0.00/metrics.csv"
    let before = try FileManager.default.attributesOfItem(atPath: metrics)[.systemFileNumber]
    try session(folder, rates: "0,0.5").makeRuns()
    let after = try FileManager.default.attributesOfItem(atPath: metrics)[.systemFileNumber]
    #expect(before as? Int == after as? Int)
    #expect(Files.exists("\(folder)/sweep/summary.csv"))
  }

  @Test("A damaged run of an interrupted sweep is an error")
  func damagedRun() throws {
    try writeSmallDataset(to: "\(folder)/data")
    do {
      let held = try RunFolder("\(folder)/sweep/0.50")
      #expect(throws: Failure.self) { try session(folder, rates: "0,0.5").makeRuns() }
      withExtendedLifetime(held) {}
    }
    let metrics = "\(folder)/sweep/0.00/metrics.csv"
    for text in ["epoch\n1\n", EpochMetrics.columns.joined(separator: ",") + "\n"] {
      try Files.write(text, to: metrics)
      let failure = #expect(throws: Failure.self) {
        try session(folder, rates: "0,0.5").makeRuns()
      }
      #expect(failure?.code == .corrupt)
      #expect(failure?.description.hasPrefix("\(metrics): ") == true)
      #expect(!Files.exists("\(folder)/sweep/summary.csv"))
    }
  }

  @Test(
    "Sweep rates that are not probabilities are rejected",
    arguments: ["", "0,2", "a", "0,,1", "0,0", "-1"])
  func badRates(rates: String) throws {
    let failure = #expect(throws: Failure.self) { try session("/nowhere", rates: rates) }
    #expect(failure?.code == .usage)
  }
}
