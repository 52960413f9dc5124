import Foundation
import Support
import TestSupport
import Testing

@Suite(
  "Bisect script", .temporaryFolder, .enabled(if: isInstalled("git"), "git is not installed"))
struct BisectScriptTests {
  /// A package without commits in which building copies a shell script, the experiment's program.
  private func package() throws -> MockPackage {
    let package = try MockPackage()
    for path in ["scripts/bisect.sh", "Sources/Support/inputs.txt"] {
      try package.write(try Files.readText("\(packageRoot)/\(path)"), to: path)
    }
    try package.write(
      "#!/bin/sh\nmkdir -p .build/release\ncp Sources/program .build/release/experiment-dropout\n",
      to: "bin/swift")
    try makeExecutable(package, "bin/swift")
    try package.git("init", "-q")
    return package
  }

  private func makeExecutable(_ package: MockPackage, _ path: String) throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: "\(package.root)/\(path)")
  }

  /// Commits a program that writes runs into folders of its `--output-dir`; `SEED` in their names is the
  /// value of `--seed`.
  private func commit(
    _ package: MockPackage, _ subject: String, runs: [String], loss: String, more: String = ""
  ) throws {
    let writes = runs.map { run in
      """
      mkdir -p "$out/\(run)"
      echo "val_loss,\(loss)$seed" >"$out/\(run)/metrics.csv"

      """
    }.joined().replacing("SEED", with: "$seed")
    try package.write(
      """
      #!/bin/sh
      # \(subject)
      while [ $# -gt 0 ]; do
        case $1 in
          --seed) seed=$2; shift ;;
          --seed=*) seed=${1#*=} ;;
          --output-dir) out=$2; shift ;;
        esac
        shift
      done
      mkdir -p "$out"
      \(writes)\(more)

      """, to: "Sources/program")
    try makeExecutable(package, "Sources/program")
    try package.commit(subject)
  }

  private func bisect(_ package: MockPackage, _ words: [String]) throws -> ProgramResult {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try run(
      "env", ["PATH=\(package.root)/bin:\(path)", "bash", "scripts/bisect.sh"] + words,
      in: package.root)
  }

  /// The folders of a sweep's runs today.
  private let today = ["dropout-0/seed-SEED", "dropout-0.5/seed-SEED"]

  @Test(
    "A bisection passes over the commit that moved runs and finds the one that changed numbers",
    arguments: [([], "0"), (["--seed", "3"], "3"), (["--seed=3"], "3")])
  func sweep(options: [String], seed: String) throws {
    let package = try package()
    try commit(
      package, "Old layout", runs: ["0.00", "0.50"], loss: "1",
      more: #"echo "all" >"$out/summary.csv""#)
    try commit(package, "New layout", runs: today, loss: "1")
    try commit(package, "Numbers", runs: today, loss: "2")
    try commit(package, "Later", runs: today, loss: "2")
    let result = try bisect(package, ["HEAD~3", "HEAD", "dropout"] + options)
    #expect(result.status == 0, "\(result.messages)")
    #expect(
      result.output.hasSuffix(
        """
          Numbers
        dropout-0.5/seed-\(seed)/metrics.csv: line 1:
          before: val_loss,1\(seed)
          after:  val_loss,2\(seed)

        """), "\(result.output)")
    let moved = try bisect(package, ["HEAD~3", "HEAD~2", "dropout"] + options)
    #expect(moved.status == 2)
    #expect(moved.messages.contains("GOOD and BAD give the same bytes"))
  }

  @Test("A run that fills the folder itself is compared across layouts as well")
  func single() throws {
    let package = try package()
    try commit(package, "Old", runs: ["."], loss: "1")
    try commit(package, "Numbers", runs: ["."], loss: "2")
    let result = try bisect(package, ["HEAD~1", "HEAD", "dropout"])
    #expect(result.output.contains("Numbers\nmetrics.csv: line 1:"), "\(result.messages)")
  }
}
