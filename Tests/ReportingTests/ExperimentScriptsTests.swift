import Foundation
import Reporting
import Support
import TestSupport
import Testing

/// All scripts in `experiments/`.
@Suite("Experiment scripts", .temporaryFolder)
struct ExperimentScriptsTests {
  private static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/experiments")) ?? [])
    .filter { !$0.hasPrefix(".") }.sorted()

  private func run(
    _ name: String, in package: MockPackage, _ arguments: [String]
  ) throws -> ProgramResult {
    try TestSupport.run(builtProgram("experiment-\(name)"), arguments, in: package.root)
  }

  @Test(
    "Every folder of experiments/ contains a literate script with its own name", arguments: names)
  func script(name: String) throws {
    let text = try Files.readText("\(packageRoot)/experiments/\(name)/main.swift")
    #expect(LiterateScript(parsing: text).hasTitle)
    #expect(text.contains("Experiment(\"\(name)\""), "the program calls itself as its folder")
  }

  @Test("--help and --dry-run describe an experiment and train nothing", arguments: names)
  func dryRun(name: String) throws {
    let package = try MockPackage()
    let help = try run(name, in: package, ["--help"])
    #expect(help.status == 0)
    #expect(help.output.hasPrefix("usage: experiment-\(name) [options]\n"))
    // The second line is the experiment's own.
    #expect(help.output.split(separator: "\n").dropFirst().first?.hasPrefix(" ") == false)
    let plan = try run(name, in: package, ["--dry-run", "--profile", "demo"])
    #expect(plan.status == 0)
    #expect(plan.output.hasPrefix("experiment: \(name)\n"))
    #expect(!Files.exists(package.root + "/reports"))
  }

  @Test(
    "One epoch on a few images produces everything that an experiment's prose and figures need",
    arguments: names)
  func epoch(name: String) throws {
    let package = try MockPackage()
    try package.linkReportSources()
    try FileManager.default.createSymbolicLink(
      atPath: package.root + "/experiments", withDestinationPath: packageRoot + "/experiments")
    try writeSmallDataset(to: "\(package.root)/data", training: 4, validation: 2)
    let result = try run(
      name, in: package,
      [
        "--profile", "demo", "--data-path", "data", "--epochs", "1", "--batch-size", "4",
        "--image-size", "32",
      ])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.output.contains("Epoch: 1/1 Train Loss: "))
    #expect(result.output.contains("\n#Parameter: "))
    // Not on a terminal: one line per epoch.
    #expect(result.messages.contains("\(name): profile demo"))
    #expect(result.messages.contains(": epoch 1/1, "))
    #expect(!result.messages.contains("\r"))

    let results = try Results(profile: "demo", root: package.root)
    let report = try Report(results).text()
    #expect(!report.contains("{{"))
    let experiment = try #require(results.experiments.first { $0.name == name })
    #expect(experiment.runs.map(\.seed).prefix(3) == [0, 1, 2])
    for run in experiment.runs where run.record?.settings?.model.hasFinalReLU == false {
      #expect(run.silencedClasses == [], "only a ReLU silences")
    }
    #expect(!(try results.figures(of: experiment)).isEmpty)
  }
}
