import Datasets
import Foundation
import Reporting
import Support
import Testing

/// The scripts in `experiments/`, whatever they are.
@Suite("Experiment scripts")
struct ExperimentScriptsTests {
  private static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: packageRoot + "/experiments")) ?? [])
    .filter { !$0.hasPrefix(".") }.sorted()

  /// Runs an experiment's program, which `swift test` has built beside the tests.
  ///
  /// - Returns: Its exit code and what it wrote to stdout and stderr.
  private func run(
    _ name: String, in folder: String, _ words: [String]
  ) throws -> (status: Int32, output: String, messages: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
      .deletingLastPathComponent().appendingPathComponent("experiment-\(name)")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let messages = "\(folder)/messages"
    try Files.write("", to: messages)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: messages)
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: bytes, as: UTF8.self),
      try Files.readText(messages)
    )
  }

  @Test("Every folder holds a script", arguments: names)
  func script(name: String) throws {
    let text = try Files.readText("\(packageRoot)/experiments/\(name)/main.swift")
    #expect(LiterateScript(parsing: text).hasTitle)
    #expect(text.contains("Experiment(\"\(name)\""), "the program calls itself as its folder")
  }

  @Test("Help and a dry run say what an experiment is, and train nothing", arguments: names)
  func dryRun(name: String) throws {
    let package = try MockPackage()
    let help = try run(name, in: package.root, ["--help"])
    #expect(help.status == 0)
    #expect(help.output.hasPrefix("usage: experiment-\(name) [options]\n"))
    // The second line is the experiment's own.
    #expect(help.output.split(separator: "\n", omittingEmptySubsequences: false)[1] != "")
    let plan = try run(name, in: package.root, ["--dry-run", "--profile", "demo"])
    #expect(plan.status == 0)
    #expect(plan.output.hasPrefix("experiment: \(name)\n"))
    #expect(!Files.exists(package.root + "/reports"))
  }

  @Test("An epoch on a few images leaves what the prose and the figures need", arguments: names)
  func epoch(name: String) throws {
    let package = try MockPackage()
    try package.linkReportSources()
    try FileManager.default.createSymbolicLink(
      atPath: package.root + "/experiments", withDestinationPath: packageRoot + "/experiments")
    try package.writeImages()
    let result = try run(
      name, in: package.root,
      [
        "--profile", "demo", "--data-path", "data", "--epochs", "1", "--batch-size", "4",
        "--image-size", "32",
      ])
    #expect(result.status == 0, "\(result.messages)")
    #expect(result.output.contains("Epoch: 1/1 Train Loss: "))
    #expect(result.output.contains("\n#Parameter: "))
    // Not on a terminal: a line an epoch.
    #expect(result.messages.contains("\(name): profile demo"))
    #expect(result.messages.contains(": epoch 1/1, "))
    #expect(!result.messages.contains("\r"))

    let results = try Results(profile: "demo", root: package.root)
    let report = try Report(results).text()
    #expect(!report.contains("{{"))
    let experiment = try #require(results.experiments.first { $0.name == name })
    #expect(!experiment.runs.isEmpty)
    #expect(!(try results.figures(of: experiment)).isEmpty)
  }
}

extension MockPackage {
  /// A folder `data` with two classes of a few images.
  fileprivate func writeImages() throws {
    for (label, name) in ["dark", "light"].enumerated() {
      for (split, count) in [("train", 4), ("val", 2)] {
        try Files.createFolder("\(root)/data/\(split)/\(name)")
        for index in 0..<count {
          let pixels = (0..<40 * 36 * 3).map { UInt8(($0 * 7 + index * 31) % 90 + label * 150) }
          let image = Image(size: ImageSize(width: 40, height: 36), pixels: pixels)
          try Files.write(
            try image.jpeg(quality: 90), to: "\(root)/data/\(split)/\(name)/\(index).JPEG")
        }
      }
    }
  }
}
