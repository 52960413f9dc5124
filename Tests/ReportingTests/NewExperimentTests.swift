import Foundation
import Reporting
import Support
import TestSupport
import Testing

@Suite("New experiment", .temporaryFolder)
struct NewExperimentTests {
  /// Runs the script of `make new-experiment` in a package of its own.
  ///
  /// - Returns: Its exit code and what it wrote to stderr.
  private func create(_ name: String?, in package: MockPackage) throws -> (Int32, String) {
    if !Files.exists(package.root + "/scripts") {
      try package.write(
        try Files.readText(packageRoot + "/scripts/new-experiment.sh"),
        to: "scripts/new-experiment.sh")
    }
    let result = try run(
      "sh", ["scripts/new-experiment.sh"] + (name.map { [$0] } ?? []), in: package.root)
    return (result.status, result.messages)
  }

  @Test("A new experiment's script has a title, its name and placeholders that every run fills")
  func creation() throws {
    let package = try MockPackage()
    #expect(try create("label-smoothing", in: package) == (0, ""))
    let text = try package.read("experiments/label-smoothing/main.swift")
    #expect(LiterateScript(parsing: text).hasTitle)
    #expect(text.contains("Experiment(\"label-smoothing\""))
    try package.linkReportSources()
    try package.write("import Training\n", to: "experiments/norm/main.swift")
    try package.writeRun("reports/demo/label-smoothing/seed-0", accuracies: ["0.5", "0.75"])
    try package.write(
      """
      {"parameters": 733514,
       "configuration": {"profile": "demo", "image_size": 64, "weight_decay": 1e-4}}
      """, to: "reports/demo/label-smoothing/seed-0/run.json")
    let report = try Report(try Results(profile: "demo", root: package.root)).text()
    #expect(report.contains("0.7500"))
    #expect(!report.contains("{{"))
  }

  @Test(
    "An invalid experiment name is a usage error in one line",
    arguments: [nil, "", "Upper", "a b", "a/b", "../a", "-x", "x-", "é", "a.b", "$(x)"])
  func badName(name: String?) throws {
    let package = try MockPackage()
    let (status, message) = try create(name, in: package)
    #expect(status == 64)
    #expect(message.hasPrefix("NAME: expected "))
    #expect(message.split(separator: "\n").count == 1)
    #expect(!Files.exists(package.root + "/experiments"))
  }

  @Test("Creating an experiment that exists fails and leaves it unchanged")
  func existing() throws {
    let package = try MockPackage()
    try package.write("mine\n", to: "experiments/mine/main.swift")
    let (status, message) = try create("mine", in: package)
    #expect(status == 73)
    #expect(message.split(separator: "\n").count == 1)
    #expect(try package.read("experiments/mine/main.swift") == "mine\n")
  }
}
