import Foundation
import Support
import TestSupport
import Testing

@Suite(
  "Verify script", .temporaryFolder, .enabled(if: isInstalled("git"), "git is not installed"))
struct VerifyScriptTests {
  /// A package with two committed runs whose programs only note what they are asked for.
  private func package(options: String = "--profile demo") throws -> MockPackage {
    let package = try MockPackage()
    try package.write(
      try Files.readText(packageRoot + "/scripts/verify.sh"), to: "scripts/verify.sh")
    for name in ["experiment-norm", "squeezenet", "swift"] {
      try package.write(
        """
        #!/bin/sh
        printf '%s|' \(name) "$@" >>"\(package.root)/calls"
        echo >>"\(package.root)/calls"

        """, to: ".build/release/\(name)")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: "\(package.root)/.build/release/\(name)")
    }
    for seed in 0...1 {
      let command = JSON.string("swift run -c release experiment-norm \(options) --seed \(seed)")
      try package.write(
        "{\n  \"command\": \(command.text),\n  \"seed\": \(seed)\n}\n",
        to: "reports/demo/norm/seed-\(seed)/run.json")
    }
    try package.git("init", "-q")
    try package.git("add", "reports")
    try package.git("commit", "-q", "-m", "Runs")
    return package
  }

  /// Runs the script with the package's own `swift`.
  private func verify(
    _ package: MockPackage, seeds: String = "", _ words: String...
  ) throws -> ProgramResult {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try run(
      "env",
      [
        "PATH=\(package.root)/.build/release:\(path)", "SEEDS=\(seeds)",
        "SQUEEZENET_EXPERIMENTS=norm", "bash", "scripts/verify.sh",
      ] + words, in: package.root)
  }

  /// The calls of an experiment's program.
  private func calls(_ package: MockPackage) throws -> [String] {
    guard Files.exists("\(package.root)/calls") else { return [] }
    return try package.read("calls").split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("experiment-norm|") }
  }

  private let rest = "--resume|never|--progress|none|"

  @Test("Every committed run is repeated into its folder by the command in its record")
  func all() throws {
    let package = try package(
      options: #"--profile demo --lr 0.01 --initial-weights 'it'\''s "$x"'"#)
    let result = try verify(package)
    #expect(result.status == 0, "\(result.messages)")
    #expect(
      try calls(package)
        == (0...1).map {
          "experiment-norm|--profile|demo|--lr|0.01|--initial-weights|it's \"$x\"|--seed|\($0)|"
            + "--output-dir|reports/demo/norm/seed-\($0)|\(rest)"
        })
    #expect(try package.read("calls").contains("squeezenet|verify|/"))
  }

  @Test("SEEDS limits the runs that are repeated")
  func seeds() throws {
    let package = try package()
    #expect(try verify(package, seeds: "1", "HEAD", "norm").status == 0)
    #expect(
      try calls(package) == [
        "experiment-norm|--profile|demo|--seed|1|--output-dir|reports/demo/norm/seed-1|\(rest)"
      ])
    for (seeds, complaint) in [
      ("7", "verify: reports/demo: no run with seed 7 in HEAD\n"),
      ("x", "verify: SEEDS: expected whole numbers as 0,1, got 'x'\n"),
    ] {
      let result = try verify(package, seeds: seeds)
      #expect(result.status == 2 && result.messages == complaint)
    }
    let unknown = try verify(package, "HEAD", "x")
    #expect(unknown.messages == "verify: reports/demo/x: no run in HEAD; there are: norm\n")
  }

  @Test(
    "A record's command is data: no shell evaluates it, and it can choose settings alone",
    arguments: [
      "$(touch pwned)", "`touch pwned`", "; touch pwned;", "--lr 'x", "--save-weights pwned",
      "--output-dir=.", "--tensorboard pwned",
    ])
  func hostile(options: String) throws {
    let package = try package(options: options)
    let result = try verify(package)
    #expect(!Files.exists("\(package.root)/pwned"))
    // What is not an option reaches the program as it is, and the real one refuses it.
    let words = options.split(separator: " ").joined(separator: "|")
    let isRefused = options.contains("'") || options.contains("--")
    #expect((result.status == 2) == isRefused, "\(result.messages)")
    #expect(try calls(package).allSatisfy { $0.hasPrefix("experiment-norm|\(words)|--seed|") })
    #expect(try calls(package).isEmpty == isRefused)
  }
}
