import Foundation
import Reporting
import Support
import TestSupport
import Testing

@Suite(
  "Metric differences", .temporaryFolder, .enabled(if: isInstalled("git"), "git is not installed"))
struct MetricDiffTests {
  private let header = "epoch,val_loss,val_accuracy\n"

  /// The differences between a first commit and the working tree.
  private func rows(
    _ old: String, _ new: String, tolerance: Tolerance = Tolerance()
  ) throws -> [[String]] {
    let package = try MockPackage()
    try package.git("init", "-q")
    try package.write(old, to: "reports/demo/norm/seed-0/metrics.csv")
    try package.commit()
    try package.write(new, to: "reports/demo/norm/seed-0/metrics.csv")
    return try MetricDiff(tolerance: tolerance, root: package.root).table.rows.map {
      Array($0.dropFirst())
    }
  }

  @Test("Equal metrics have no differences, and NaN equals NaN")
  func equal() throws {
    #expect(try rows(header + "1,nan,0.5\n2,inf,1\n", header + "1,nan,0.5\n2,inf,1\n") == [])
  }

  @Test(
    "A metric's difference states final and best values, the largest difference and the first one")
  func changed() throws {
    #expect(
      try rows(
        header + "1,2,0.5\n2,1,0.75\n3,1.5,0.5\n", header + "1,2,0.5\n2,1,0.25\n3,1.5,0.625\n") == [
          ["val_accuracy, final", "0.5", "0.625", "+0.125 (+25%)"],
          ["val_accuracy, best", "0.75", "0.625", "-0.125 (-16.67%)"],
          [
            "val_accuracy, epoch 2", "0.75", "0.25",
            "-0.5 (-66.67%), largest; first differs in epoch 2",
          ],
        ])
  }

  @Test("A value that became NaN counts as the largest difference")
  func notANumber() throws {
    #expect(
      try rows(header + "1,2,0.5\n2,1,0.5\n", header + "1,9,0.5\n2,nan,0.5\n") == [
        ["val_loss, final", "1", "nan", "nan"],
        ["val_loss, best", "1", "9", "+8 (+800%)"],
        ["val_loss, epoch 2", "1", "nan", "nan, largest; first differs in epoch 1"],
      ])
  }

  @Test("Runs of different lengths are compared over the epochs they share")
  func lengths() throws {
    #expect(
      try rows(header + "1,2,0.5\n", header + "1,2,0.5\n2,1,0.5\n") == [
        ["epochs", "1", "2", "+1 (+100%)"],
        ["val_loss, final", "2", "1", "-1 (-50%)"],
        ["val_loss, best", "2", "1", "-1 (-50%)"],
      ])
  }

  @Test("A renamed column appears on one side only")
  func renamed() throws {
    #expect(
      try rows("epoch,loss\n1,2\n", "epoch,val_loss\n1,2\n") == [
        ["loss", "2", "–", "only in HEAD"], ["val_loss", "–", "2", "only in worktree"],
      ])
  }

  @Test("Differences within the tolerance are accepted")
  func tolerance() throws {
    let (old, new) = (header + "1,2,0.5\n", header + "1,2.001,0.5\n")
    #expect(try rows(old, new).count == 3)
    #expect(try rows(old, new, tolerance: Tolerance(relative: 0.001)) == [])
    #expect(try rows(old, new, tolerance: Tolerance(absolute: 0.002)) == [])
    #expect(try rows(old, new, tolerance: Tolerance(absolute: 0.0001)).count == 3)
  }

  @Test("Two commits are compared in a subfolder of a repository, including runs on one side only")
  func commits() throws {
    let package = try MockPackage()
    try package.git("init", "-q")
    try package.write(header + "1,2,0.5\n", to: "inner/reports/demo/norm/seed-0/metrics.csv")
    try package.write("no run", to: "inner/reports/demo/other/notes.csv")
    try package.commit()
    try package.write(
      header + "1,2,0.5\n2,1,0.5\n", to: "inner/reports/demo/dropout/dropout-0.5/seed-0/metrics.csv"
    )
    try package.git("rm", "-q", "inner/reports/demo/norm/seed-0/metrics.csv")
    try package.commit()
    let root = package.root + "/inner"
    let diff = try MetricDiff(["HEAD~1", "HEAD"], root: root)
    #expect(diff.runCount == 2)
    #expect(!diff.isEmpty)
    #expect(
      diff.text == """
        path                                                 metric  HEAD~1  HEAD  change
        reports/demo/dropout/dropout-0.5/seed-0/metrics.csv  epochs  –       2     only in HEAD
        reports/demo/norm/seed-0/metrics.csv                 epochs  1       –     only in HEAD~1

        """)
    #expect(diff.markdown.hasPrefix("| path | metric | HEAD~1 | HEAD | change |\n| --- |"))
    let same = try MetricDiff(profile: "demo", root: root)
    #expect(same.text == "no differences between HEAD, worktree in 1 run\n")
  }

  @Test("A run that has only moved to its folder by seed is no difference")
  func moved() throws {
    let package = try MockPackage()
    try package.git("init", "-q")
    let moves = [
      ("norm/metrics.csv", "norm/seed-0/metrics.csv"),
      ("norm/unclipped/steps.csv", "norm/seed-0/unclipped/steps.csv"),
      ("dropout/0.50/metrics.csv", "dropout/dropout-0.5/seed-0/metrics.csv"),
    ]
    for (old, _) in moves { try package.write(header + "1,2,0.5\n", to: "reports/demo/\(old)") }
    try package.write("dropout,val_loss\n0.5,2\n", to: "reports/demo/dropout/summary.csv")
    try package.commit()
    try package.git("rm", "-q", "-r", "reports")
    for (_, new) in moves { try package.write(header + "1,2,0.5\n", to: "reports/demo/\(new)") }
    try package.commit()
    let diff = try MetricDiff(["HEAD~1", "HEAD", "worktree"], root: package.root)
    #expect(diff.text == "no differences between HEAD~1, HEAD, worktree in 2 runs\n")
    try package.write(
      header + "1,2,0.75\n", to: "reports/demo/dropout/dropout-0.5/seed-0/metrics.csv")
    #expect(
      try MetricDiff(["HEAD~1", "worktree"], root: package.root).table.rows.first == [
        "reports/demo/dropout/dropout-0.5/seed-0/metrics.csv", "val_accuracy, final", "0.5", "0.75",
        "+0.25 (+50%)",
      ])
  }

  @Test("The largest absolute and relative differences may be in different epochs")
  func relative() throws {
    #expect(
      try rows("epoch,loss\n1,8\n2,1\n3,5\n", "epoch,loss\n1,9\n2,1.5\n3,5\n") == [
        ["loss, epoch 1", "8", "9", "+1 (+12.5%), largest absolute; first differs in epoch 1"],
        ["loss, epoch 2", "1", "1.5", "+0.5 (+50%), largest relative"],
      ])
  }

  @Test("Several commits are each compared with the first")
  func severalCommits() throws {
    let package = try MockPackage()
    try package.git("init", "-q")
    for accuracy in ["0.5", "0.75", "0.25"] {
      try package.write(
        "epoch,accuracy\n1,\(accuracy)\n", to: "reports/demo/norm/seed-0/metrics.csv")
      try package.commit()
    }
    try package.write("epoch,accuracy\n1,1\n", to: "reports/demo/late/seed-0/metrics.csv")
    let diff = try MetricDiff(["HEAD~2", "HEAD~1", "HEAD", "worktree"], root: package.root)
    #expect(
      diff.table.columns == ["path", "metric", "HEAD~2", "HEAD~1", "HEAD", "worktree", "change"])
    #expect(
      diff.table.rows.map { Array($0.dropFirst()) } == [
        ["epochs", "–", "–", "–", "1", "only in worktree"],
        [
          "accuracy, final", "0.5", "0.75", "0.25", "0.25",
          "+0.25 (+50%), -0.25 (-50%), -0.25 (-50%)",
        ],
        [
          "accuracy, epoch 1", "0.5", "0.75", "0.25", "0.25",
          "+0.25 (+50%), -0.25 (-50%), -0.25 (-50%), largest; first differs in epoch 1",
        ],
      ])
  }

  @Test("Recorded steps are compared as well")
  func steps() throws {
    let package = try MockPackage()
    let path = "reports/demo/norm/seed-0/unclipped/steps.csv"
    try package.git("init", "-q")
    try package.write(header + "1,2,0.5\n", to: "reports/demo/norm/seed-0/metrics.csv")
    try package.write("epoch,step,loss\n1,1,2\n1,2,4\n", to: path)
    try package.commit()
    try package.write("epoch,step,loss\n1,1,2\n1,2,5\n", to: path)
    #expect(
      try MetricDiff(root: package.root).table.rows == [
        [path, "loss, final", "4", "5", "+1 (+25%)"],
        [
          path, "loss, epoch 1 step 2", "4", "5",
          "+1 (+25%), largest; first differs in epoch 1 step 2",
        ],
      ])
  }

  /// A repository with a run of two experiments in its first commit.
  private func repository() throws -> MockPackage {
    let package = try MockPackage()
    try package.git("init", "-q")
    try package.write("let decay = 1", to: "Sources/Network/Network.swift")
    try package.commit("Network")
    try writeRuns(package)
    try package.commit("Runs")
    return package
  }

  private func writeRuns(
    _ package: MockPackage, accuracy: String = "0.5", rate: String = "0.01",
    commit: String = "HEAD",
    isDirty: Bool = false
  ) throws {
    let name = try #require(try Git(root: package.root).commit(commit))
    for run in ["norm", "no-norm"] {
      try package.write(header + "1,2,\(accuracy)\n", to: "reports/demo/\(run)/seed-0/metrics.csv")
      try package.write(
        """
        {"command": "x --lr \(rate)", "commit": "\(name)", "dirty": \(isDirty),
         "configuration": {"lr": \(rate), "norm": "\(run)", "seed": 0}, "seed": 0,
         "weights": {"final": "\(accuracy)", "initial": "x"}, "volatile": {"host": "\(accuracy)"}}
        """, to: "reports/demo/\(run)/seed-0/run.json")
    }
  }

  @Test("A changed hyperparameter is named once for all runs")
  func hyperparameter() throws {
    let package = try repository()
    try writeRuns(package, accuracy: "0.75", rate: "0.02", commit: "HEAD~1")
    let diff = try MetricDiff(root: package.root)
    #expect(!diff.isEmpty)
    #expect(
      diff.reasons
        == Table(
          columns: ["runs", "setting", "HEAD", "worktree", "change"],
          rows: [["demo/no-norm/seed-0, demo/norm/seed-0", "lr", "0.01", "0.02", "+0.01 (+100%)"]]))
    #expect(
      diff.text.hasSuffix(
        "\ndemo/no-norm/seed-0, demo/norm/seed-0  lr       0.01  0.02      +0.01 (+100%)\n"))
    #expect(diff.markdown.contains("|\n\n| runs | setting | HEAD | worktree | change |\n"))
  }

  @Test("Changed code is named by its files, including uncommitted ones")
  func code() throws {
    let package = try repository()
    try package.write("let decay = 2", to: "Sources/Network/Network.swift")
    try writeRuns(package, accuracy: "0.75", isDirty: true)
    func codes(_ names: [String]) throws -> [[String]] {
      try MetricDiff(names, root: package.root).reasons.rows.map { [$0[1]] + $0.suffix(2) }
    }
    let head = try #require(try Git(root: package.root).commit("HEAD"))
    let expected = [["code", "\(head.prefix(9)), changed", "Sources/Network/Network.swift"]]
    #expect(try codes(["HEAD", "worktree"]) == expected)
    try package.commit()
    #expect(try codes(["HEAD~1", "HEAD"]) == expected)
  }

  @Test("A refactoring that reproduces the numbers is no difference")
  func refactoring() throws {
    let package = try repository()
    try package.write("let decay = 2 - 1", to: "Sources/Network/Network.swift")
    try package.commit()
    try writeRuns(package)
    let diff = try MetricDiff(root: package.root)
    #expect(diff.isEmpty)
    #expect(diff.text == "no differences between HEAD, worktree in 2 runs\n")
  }

  @Test("Comparing leaves working tree, index and branch unchanged")
  func readsOnly() throws {
    let package = try repository()
    try writeRuns(package, accuracy: "0.75")
    func state() throws -> [[UInt8]] {
      let git = Git(root: package.root)
      return [
        try git.output(["status", "--porcelain", "--branch"], to: "test"),
        try Files.read(package.root + "/.git/index"),
      ]
    }
    let before = try state()
    _ = try MetricDiff(["HEAD", "worktree"], root: package.root)
    #expect(try state() == before)
  }

  @Test(
    "The overlay has one panel per run, one key entry per revision and the same bytes each time",
    .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
  func overlay() throws {
    let package = try repository()
    try package.linkReportSources()
    try writeRuns(package, accuracy: "0.75")
    try package.write(header + "1,nan,nan\n2,nan,nan\n", to: "reports/demo/it's/seed-0/metrics.csv")
    let diff = try MetricDiff(root: package.root)
    func draw() throws -> String {
      try diff.drawOverlay(to: package.root + "/overlay.svg")
      return try package.read("overlay.svg")
    }
    let figure = try draw()
    for text in [
      "demo/norm/seed-0 – loss", "demo/no-norm/seed-0 – accuracy", "demo/it's/seed-0 – loss",
      "HEAD, validation",
      "worktree, training",
    ] {
      #expect(figure.contains(">\(text)<"), "\(text)")
    }
    #expect(try draw() == figure)
  }

  // MARK: - Single runs

  /// Writes a run of four images, of which it is right on some.
  private func writeRun(
    _ package: MockPackage, to folder: String, seed: Int, right: Set<Int>
  ) throws {
    try package.write(header + "1,2,\(Double(right.count) / 4)\n", to: "\(folder)/metrics.csv")
    try package.write(
      #"{"configuration": {"profile": "demo", "seed": \#(seed)}, "seed": \#(seed)}"#,
      to: "\(folder)/run.json")
    let rows = (0..<4).map { "\($0),val/a/\($0).JPEG,0,\(right.contains($0) ? 0 : 1),0.1,0.9\n" }
    try package.write(
      "index,path,label,predicted,loss,probability\n" + rows.joined(),
      to: "\(folder)/predictions.csv")
  }

  @Test("Two runs are compared by their metrics, their settings and their predictions")
  func runs() throws {
    let package = try MockPackage()
    let folders = (0...1).map { "reports/demo/norm/seed-\($0)" }
    try writeRun(package, to: folders[0], seed: 0, right: [0])
    try writeRun(package, to: folders[1], seed: 1, right: [1, 2, 3])
    // Without a repository, too.
    let diff = try MetricDiff(folders, root: package.root)
    #expect(
      diff.table.rows.first == [
        "metrics.csv", "val_accuracy, final", "0.25", "0.75", "+0.5 (+200%)",
      ])
    #expect(diff.reasons.columns == ["setting"] + folders + ["change"])
    #expect(diff.reasons.rows == [["seed", "0", "1", "+1"]])
    // Three of four images for the second run, one for the first: P(at most 1 of 4) on both sides.
    let row = try #require(diff.predictions.rows.first)
    #expect(row.prefix(5) == [folders[1], "4", "3", "1", "+0.500"])
    #expect(row[5].hasSuffix(" to +1.000") && row[6] == "0.6250")
    #expect(diff.text.contains("McNemar's p\n\(folders[1])") && diff.text.hasSuffix("0.6250\n"))
    #expect(diff.markdown.contains("| McNemar's p |"))
    let same = try MetricDiff([folders[0], "\(package.root)/\(folders[0])/"], root: package.root)
    #expect(same.isEmpty && same.text.hasPrefix("no differences between \(folders[0]), /"))
    Files.remove("\(package.root)/\(folders[0])/predictions.csv")
    #expect(try MetricDiff(folders, root: package.root).predictions.rows == [])
  }

  @Test("A run of a commit is found in the layout of its time by its folder then and today")
  func runsOfCommits() throws {
    let package = try MockPackage()
    try package.git("init", "-q")
    try writeRun(package, to: "reports/demo/norm", seed: 0, right: [0])
    try writeRun(package, to: "reports/demo/dropout/0.50", seed: 0, right: [0])
    try package.write("epoch,step,loss\n1,1,2\n", to: "reports/demo/norm/unclipped/steps.csv")
    try package.commit()
    try package.git("rm", "-q", "-r", "reports")
    try writeRun(package, to: "elsewhere/run", seed: 1, right: [0, 1])
    for run in [
      "reports/demo/norm/seed-0", "reports/demo/norm", "./reports/demo/dropout/0.50/",
      "reports/demo/dropout/dropout-0.5/seed-0",
    ] {
      let diff = try MetricDiff(["HEAD:\(run)", "elsewhere/run"], root: package.root)
      #expect(
        diff.table.rows.contains { $0.suffix(3) == ["0.25", "0.5", "+0.25 (+100%)"] }, "\(run)")
      #expect(
        diff.table.rows.contains { $0[0] == "unclipped/steps.csv" } == run.contains("norm"),
        "\(run)")
      #expect(diff.predictions.rows.first?.prefix(4) == ["elsewhere/run", "4", "1", "0"])
    }
  }

  @Test("A run is not compared with a whole revision, nor with one that is not there")
  func unlikeSides() throws {
    let package = try MockPackage()
    try package.git("init", "-q")
    try writeRun(package, to: "reports/demo/norm/seed-0", seed: 0, right: [0])
    try package.commit()
    func failure(_ names: [String], profile: String? = nil) -> Failure? {
      #expect(throws: Failure.self) {
        try MetricDiff(names, profile: profile, root: package.root)
      }
    }
    let run = "reports/demo/norm/seed-0"
    #expect(
      failure([run, "worktree"])
        == Failure(
          .usage,
          "\(run) is a run, worktree a revision: expected runs alone;"
            + " REVISION:FOLDER names that of a revision"))
    #expect(failure([run, "HEAD:\(run)"], profile: "demo")?.code == .usage)
    #expect(
      failure(["HEAD:reports/demo/norm/seed-1", run])
        == Failure(
          .incomparable,
          "HEAD:reports/demo/norm/seed-1: no metrics.csv in reports/demo/norm/seed-1/ of HEAD"))
    #expect(failure(["nowhere:\(run)", run])?.code == .incomparable)
  }

  @Test("A comparison that is impossible fails with exit code 2")
  func incomparable() throws {
    let package = try MockPackage()
    let outside = #expect(throws: Failure.self) { try MetricDiff(root: package.root) }
    #expect(outside?.code == .incomparable)
    #expect(outside?.description.hasPrefix("HEAD: cannot compare: fatal: not a git repo") == true)
    try package.git("init", "-q")
    try package.write("x", to: "x")
    try package.commit()
    func failure(_ base: String) -> Failure? {
      #expect(throws: Failure.self) { try MetricDiff([base, "worktree"], root: package.root) }
    }
    #expect(failure("HEAD")?.code == .incomparable)
    #expect(failure("HEAD")?.description.hasPrefix("nothing to compare: no metrics") == true)
    for base in ["nowhere", "--all", ""] {
      #expect(
        failure(base)
          == Failure(
            .incomparable,
            "\(base): no such revision; expected one that git knows, worktree,"
              + " or the folder of a run"))
    }
    try package.write("epoch,val_loss\n1\n", to: "reports/demo/norm/seed-0/metrics.csv")
    #expect(
      failure("HEAD")
        == Failure(
          .incomparable,
          "worktree:reports/demo/norm/seed-0/metrics.csv: row 1: expected 2 fields, got 1"))
  }
}
