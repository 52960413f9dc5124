import Testing

@testable import Reporting

@Suite("Run path")
struct RunPathTests {
  @Test(
    "A run of today's layout keeps its path",
    arguments: [
      "reports/demo/norm/seed-0/metrics.csv", "reports/demo/norm/seed-12/unclipped/steps.csv",
      "reports/quick/dropout/dropout-0.25/seed-1/run.json",
      "reports/demo/norm/lr-0.01_dropout-0.5/seed-0/predictions.csv",
    ])
  func today(path: String) { #expect(RunPath(path)?.text == path) }

  @Test(
    "A run from before runs had folders by seed is the one with seed 0",
    arguments: [
      ("reports/demo/norm/metrics.csv", "norm/seed-0"),
      ("reports/demo/no-norm/unclipped/steps.csv", "no-norm/seed-0"),
      ("reports/demo/dropout/0.00/metrics.csv", "dropout/dropout-0/seed-0"),
      ("reports/demo/dropout/0.50/run.json", "dropout/dropout-0.5/seed-0"),
      ("reports/demo/dropout/0.125/metrics.csv", "dropout/dropout-0.125/seed-0"),
      ("reports/demo/dropout/0.25/unclipped/steps.csv", "dropout/dropout-0.25/seed-0"),
    ])
  func earlier(path: String, folder: String) {
    #expect(RunPath(path)?.folder == "reports/demo/\(folder)")
    #expect(RunPath(path)?.file == (path.contains("unclipped") ? "unclipped/steps.csv" : path.name))
  }

  @Test(
    "A file that belongs to no run has no such path",
    arguments: [
      "reports/demo/dropout/summary.csv", "reports/demo/norm/runs.csv", "reports/demo/report.md",
      "reports/demo/figures/norm-loss.svg", "reports/demo/architecture.csv", "metrics.csv",
      "data/demo/norm/metrics.csv",
    ])
  func others(path: String) { #expect(RunPath(path) == nil) }
}

extension String {
  /// The last part of a path.
  fileprivate var name: String { split(separator: "/").last.map(String.init) ?? "" }
}
