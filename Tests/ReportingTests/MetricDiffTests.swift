import Foundation
import Reporting
import Support
import Testing

@Suite("Metric differences", .enabled(if: isInstalled("git"), "git is not installed"))
struct MetricDiffTests {
  private let header = "epoch,val_loss,val_accuracy\n"

  private func git(_ words: String..., in package: MockPackage) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["git", "-c", "user.name=Test", "-c", "user.email=test@example.org"]
      + ["-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"] + words
    process.currentDirectoryURL = URL(fileURLWithPath: package.root)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  private func commit(_ package: MockPackage) throws {
    try git("add", "-A", in: package)
    try git("commit", "-q", "-m", "x", in: package)
  }

  /// The rows between a first commit and the work tree.
  private func rows(
    _ old: String, _ new: String, tolerance: Tolerance = Tolerance()
  ) throws -> [[String]] {
    let package = try MockPackage()
    try git("init", "-q", in: package)
    try package.write(old, to: "reports/demo/norm/metrics.csv")
    try commit(package)
    try package.write(new, to: "reports/demo/norm/metrics.csv")
    return try MetricDiff(tolerance: tolerance, root: package.root).table.rows.map {
      Array($0.dropFirst())
    }
  }

  @Test("Equal files have no differences, and NaN equals NaN")
  func equal() throws {
    #expect(try rows(header + "1,nan,0.5\n2,inf,1\n", header + "1,nan,0.5\n2,inf,1\n") == [])
  }

  @Test("A metric gives its final and best values, its largest difference and the first one")
  func changed() throws {
    #expect(
      try rows(
        header + "1,2,0.5\n2,1,0.75\n3,1.5,0.5\n", header + "1,2,0.5\n2,1,0.25\n3,1.5,0.625\n") == [
          ["val_accuracy, final", "0.5", "0.625", "+0.125"],
          ["val_accuracy, best", "0.75", "0.625", "-0.125"],
          ["val_accuracy, epoch 2", "0.75", "0.25", "-0.5, the largest; first in epoch 2"],
        ])
  }

  @Test("A value that became NaN outweighs every number")
  func notANumber() throws {
    #expect(
      try rows(header + "1,2,0.5\n2,1,0.5\n", header + "1,9,0.5\n2,nan,0.5\n") == [
        ["val_loss, final", "1", "nan", "nan"],
        ["val_loss, best", "1", "9", "+8"],
        ["val_loss, epoch 2", "1", "nan", "nan, the largest; first in epoch 1"],
      ])
  }

  @Test("Runs of different lengths are compared where they overlap")
  func lengths() throws {
    #expect(
      try rows(header + "1,2,0.5\n", header + "1,2,0.5\n2,1,0.5\n") == [
        ["epochs", "1", "2", "+1"],
        ["val_loss, final", "2", "1", "-1"],
        ["val_loss, best", "2", "1", "-1"],
      ])
  }

  @Test("A renamed column is on one side only")
  func renamed() throws {
    #expect(
      try rows("epoch,loss\n1,2\n", "epoch,val_loss\n1,2\n") == [
        ["loss", "2", "–", "only in HEAD"], ["val_loss", "–", "2", "only in worktree"],
      ])
  }

  @Test("Small differences pass within the tolerance")
  func tolerance() throws {
    let (old, new) = (header + "1,2,0.5\n", header + "1,2.001,0.5\n")
    #expect(try rows(old, new).count == 3)
    #expect(try rows(old, new, tolerance: Tolerance(relative: 0.001)) == [])
    #expect(try rows(old, new, tolerance: Tolerance(absolute: 0.002)) == [])
    #expect(try rows(old, new, tolerance: Tolerance(absolute: 0.0001)).count == 3)
  }

  @Test("Two commits are compared, runs of one side only too, in a folder of a repository")
  func commits() throws {
    let package = try MockPackage()
    try git("init", "-q", in: package)
    try package.write(header + "1,2,0.5\n", to: "inner/reports/demo/norm/metrics.csv")
    try package.write("no run", to: "inner/reports/demo/other/notes.csv")
    try commit(package)
    try package.write(
      header + "1,2,0.5\n2,1,0.5\n", to: "inner/reports/demo/dropout/0.50/metrics.csv")
    try git("rm", "-q", "inner/reports/demo/norm/metrics.csv", in: package)
    try commit(package)
    let root = package.root + "/inner"
    let diff = try MetricDiff(base: "HEAD~1", to: "HEAD", root: root)
    #expect(diff.runCount == 2)
    #expect(!diff.isEmpty)
    #expect(
      diff.text == """
        path                                   metric  HEAD~1  HEAD  change
        reports/demo/dropout/0.50/metrics.csv  epochs  –       2     only in HEAD
        reports/demo/norm/metrics.csv          epochs  1       –     only in HEAD~1

        """)
    #expect(diff.markdown.hasPrefix("| path | metric | HEAD~1 | HEAD | change |\n| --- |"))
    let same = try MetricDiff(base: "HEAD", to: "worktree", profile: "demo", root: root)
    #expect(same.text == "no differences between HEAD and worktree in 1 run\n")
    if isInstalled("gnuplot") {
      try FileManager.default.createSymbolicLink(
        atPath: root + "/reports/plots", withDestinationPath: packageRoot + "/reports/plots")
      try diff.drawOverlay(to: root + "/overlay.svg")
      #expect(try Files.readText(root + "/overlay.svg").contains("demo/dropout/0.50, HEAD"))
    }
  }

  @Test("What cannot be compared is an error with code 2")
  func incomparable() throws {
    let package = try MockPackage()
    #expect(throws: Failure.self) { try MetricDiff(root: package.root) }
    try git("init", "-q", in: package)
    try package.write("x", to: "x")
    try commit(package)
    func failure(_ base: String) -> Failure? {
      #expect(throws: Failure.self) { try MetricDiff(base: base, root: package.root) }
    }
    #expect(failure("HEAD")?.code == .incomparable)
    #expect(failure("HEAD")?.description.hasPrefix("nothing to compare: neither HEAD nor") == true)
    for base in ["nowhere", "--all", ""] {
      #expect(
        failure(base)
          == Failure(
            .incomparable,
            "\(base): no such revision; expected one that git knows, or worktree"))
    }
    try package.write("epoch,val_loss\n1\n", to: "reports/demo/norm/metrics.csv")
    #expect(
      failure("HEAD")
        == Failure(
          .incomparable,
          "worktree:reports/demo/norm/metrics.csv: row 1: expected 2 fields, got 1"))
  }
}
