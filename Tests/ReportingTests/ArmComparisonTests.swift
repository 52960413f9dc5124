import Reporting
import Support
import TestSupport
import Testing
import Training

@Suite("Arm comparison", .temporaryFolder)
struct ArmComparisonTests {
  private func results(_ change: (MockPackage) throws -> Void = { _ in }) throws -> Results {
    let package = try MockPackage()
    try package.writeResults()
    try change(package)
    return try Results(profile: "demo", root: package.root)
  }

  @Test("A sweep is compared with its first arm, other experiments with the first experiment")
  func baselines() throws {
    let results = try results {
      try $0.writeRun("reports/demo/later/seed-0", accuracies: ["0.75"])
    }
    #expect(
      results.comparisons.map { "\($0.arm.label) / \($0.other.label)" }
        == ["dropout 0.5 / dropout 0", "later / norm"])
  }

  @Test("Differences are paired over the seeds that both arms completed")
  func pairing() throws {
    let results = try results {
      // Seed 1 is incomplete, seed 7 is of one arm alone.
      Files.remove("\($0.root)/reports/demo/dropout/dropout-0/seed-1/run.json")
      Files.remove("\($0.root)/reports/demo/dropout/dropout-0/seed-1/predictions.csv")
      try $0.writeRun("reports/demo/dropout/dropout-0.5/seed-7", accuracies: ["0.1"])
      try $0.writeRun("reports/demo/dropout/dropout-0.5/seed-2", accuracies: ["0.75"])
    }
    let comparison = try #require(results.comparisons.first)
    #expect(comparison.pairs.map(\.run.seed) == [0, 2])
    let difference = try #require(comparison.difference("val_accuracy"))
    #expect(abs(difference.mean - 0.035) < 1e-15)
    #expect(difference.count == 2)
  }

  @Test("Arms without a common seed have no difference")
  func noCommonSeed() throws {
    let results = try results {
      try $0.writeRun("reports/demo/later/seed-9", accuracies: ["0.75"])
    }
    let comparison = try #require(results.comparisons.last)
    #expect(comparison.difference("val_accuracy") == nil)
    #expect(comparison.predictions == nil)
    #expect(!comparison.differsInSilencedClasses)
  }

  @Test("Accuracies over the classes alive in both leave out what any of the runs silences")
  func aliveClasses() throws {
    let comparison = try #require(try results().comparisons.first)
    #expect(comparison.differsInSilencedClasses)
    #expect(comparison.aliveClasses == [0])
    let over = try #require(comparison.accuraciesOverAliveClasses)
    // Of the two images of class 0, a run recognizes one, and both if it silences class 1.
    #expect(over.arm.mean == 0.5)
    #expect(over.other.mean == 0.75)
    #expect(over.difference.mean == -0.25)
  }

  @Test(
    "A record that only counts silenced classes means those that are never predicted, if as many")
  func olderRecords() throws {
    func comparison(_ count: Int) throws -> ArmComparison {
      let results = try results {
        try $0.write(
          #"{"status": "complete", "silenced_classes": \#(count)}"#,
          to: "reports/demo/dropout/dropout-0/seed-1/run.json")
      }
      return try #require(results.comparisons.first)
    }
    #expect(try comparison(1).aliveClasses == [0])
    #expect(try comparison(2).aliveClasses == nil)
    #expect(try comparison(2).differsInSilencedClasses)
    #expect(try comparison(0).aliveClasses == [0, 1])
    #expect(try !comparison(0).differsInSilencedClasses)
  }
}
