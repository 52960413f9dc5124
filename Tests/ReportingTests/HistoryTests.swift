import Foundation
import Reporting
import Support
import TestSupport
import Testing

@Suite("History", .temporaryFolder, .enabled(if: isInstalled("git"), "git is not installed"))
struct HistoryTests {
  /// Writes a run and commits it.
  private func commit(
    _ package: MockPackage, day: Int, folder: String = "reports/demo/norm/seed-0",
    rate: String = "0.1",
    accuracies: [String]
  ) throws {
    let rows = accuracies.enumerated().map { "\($0.offset + 1),0.5,\($0.element)\n" }
    try package.write(
      "epoch,val_loss,val_accuracy\n" + rows.joined(), to: folder + "/metrics.csv")
    try package.write(
      #"{"configuration": {"lr": \#(rate)}, "commit": "\#(day)", "volatile": {"host": "\#(day)"}}"#,
      to: folder + "/run.json")
    try package.commit("Day \(day)", day: day)
  }

  /// The fields that do not depend on the commit's hash.
  private func rows(_ package: MockPackage, profile: String? = nil) throws -> [[String]] {
    try History(profile: profile, root: package.root).table.rows.map {
      [$0[1], $0[2], $0[3], $0[4], $0[7], $0[8], $0[9]]
    }
  }

  private func repository() throws -> MockPackage {
    let package = try MockPackage()
    try package.git("init", "-q")
    return package
  }

  @Test("The history has one row per commit that changed metrics, with values and changed settings")
  func changes() throws {
    let package = try repository()
    try commit(package, day: 1, accuracies: ["0.5"])
    try commit(package, day: 2, rate: "0.2", accuracies: ["0.75", "0.7"])
    try package.write("prose", to: "README.md")
    try package.commit("Prose", day: 3)
    try commit(package, day: 4, rate: "0.2", accuracies: ["nan", "0.7"])
    // A run that reproduced the same numbers.
    try commit(package, day: 5, rate: "0.3", accuracies: ["nan", "0.7"])
    #expect(
      try rows(package) == [
        ["2026-11-01", "Day 1", "demo/norm/seed-0", "1", "0.5", "0.5", "new"],
        ["2026-11-02", "Day 2", "demo/norm/seed-0", "2", "0.7", "0.75", "lr 0.1 → 0.2"],
        ["2026-11-04", "Day 4", "demo/norm/seed-0", "2", "0.7", "0.7", "code"],
      ])
    let history = try History(root: package.root)
    let head = history.table.rows[0][0]
    #expect(history.text.split(separator: "\n")[1].hasPrefix("\(head)  2026-11-01  Day 1"))
    #expect(history.markdown.hasPrefix("| commit | date | subject | run |"))
  }

  @Test(
    "The history lists added and removed runs, also for one profile and in a subfolder of a repository"
  )
  func runs() throws {
    let package = try repository()
    try commit(package, day: 1, folder: "inner/reports/demo/norm/seed-0", accuracies: ["0.5"])
    try commit(
      package, day: 2, folder: "inner/reports/quick/dropout/dropout-0.5/seed-0",
      accuracies: ["0.25"])
    try package.write("epoch,loss\n1,2\n", to: "inner/reports/quick/x/seed-1/metrics.csv")
    try package.git("rm", "-q", "-r", "inner/reports/demo")
    try package.commit("Less", day: 3)
    func runs(_ profile: String? = nil) throws -> [[String]] {
      try History(profile: profile, root: package.root + "/inner").table.rows.map {
        [$0[3], $0[7], $0[9]]
      }
    }
    let demo = [["demo/norm/seed-0", "0.5", "new"], ["demo/norm/seed-0", "–", "removed"]]
    let quick = [
      ["quick/dropout/dropout-0.5/seed-0", "0.25", "new"], ["quick/x/seed-1", "–", "new"],
    ]
    #expect(try runs() == [demo[0], quick[0], demo[1], quick[1]])
    #expect(try runs("demo") == demo)
    #expect(try runs("quick") == quick)
  }

  @Test("A run that moves to its folder by seed has one history, in which the move is no change")
  func moves() throws {
    let package = try repository()
    for (old, new) in [("norm", "norm"), ("dropout/0.50", "dropout/dropout-0.5")] {
      try commit(package, day: 1, folder: "reports/demo/\(old)", accuracies: ["0.5"])
      try commit(package, day: 2, folder: "reports/demo/\(old)", accuracies: ["0.25"])
      try Files.createFolder("\(package.root)/reports/demo/\(new)")
      try package.git("mv", "reports/demo/\(old)", "reports/demo/x")
      try Files.createFolder("\(package.root)/reports/demo/\(new)")
      try package.git("mv", "reports/demo/x", "reports/demo/\(new)/seed-0")
      try package.commit("Move", day: 3)
      try commit(
        package, day: 4, folder: "reports/demo/\(new)/seed-0", rate: "0.2", accuracies: ["0.75"])
    }
    #expect(
      try rows(package).map { [$0[1], $0[2], $0[4], $0[6]] } == [
        ["Day 1", "demo/norm/seed-0", "0.5", "new"], ["Day 2", "demo/norm/seed-0", "0.25", "code"],
        ["Day 4", "demo/norm/seed-0", "0.75", "lr 0.1 → 0.2"],
        ["Day 1", "demo/dropout/dropout-0.5/seed-0", "0.5", "new"],
        ["Day 2", "demo/dropout/dropout-0.5/seed-0", "0.25", "code"],
        ["Day 4", "demo/dropout/dropout-0.5/seed-0", "0.75", "lr 0.1 → 0.2"],
      ])
  }

  @Test("A commit that moves a run and changes it is compared with the run before the move")
  func changedMove() throws {
    let package = try repository()
    try commit(package, day: 1, folder: "reports/demo/norm", accuracies: ["0.5"])
    try package.git("rm", "-q", "-r", "reports/demo/norm")
    try commit(package, day: 2, rate: "0.2", accuracies: ["0.75"])
    #expect(
      try rows(package).map { [$0[1], $0[6]] } == [["Day 1", "new"], ["Day 2", "lr 0.1 → 0.2"]])
  }

  @Test("The history lists a merge only for metrics that none of its parents has")
  func merges() throws {
    let package = try repository()
    try commit(package, day: 1, accuracies: ["0.5"])
    try package.git("checkout", "-q", "-b", "side")
    try commit(package, day: 2, folder: "reports/demo/side/seed-0", accuracies: ["0.25"])
    try package.git("checkout", "-q", "main")
    try commit(package, day: 3, accuracies: ["0.75"])
    try package.git("merge", "-q", "--no-commit", "side")
    try commit(package, day: 4, accuracies: ["1"])
    let subjects = try rows(package).map { [$0[1], $0[2]] }
    #expect(
      Set(subjects) == [
        ["Day 1", "demo/norm/seed-0"], ["Day 2", "demo/side/seed-0"],
        ["Day 3", "demo/norm/seed-0"],
        ["Day 4", "demo/norm/seed-0"],
      ])
    #expect(subjects.count == 4)
    #expect(try rows(package).last?.suffix(3) == ["1", "1", "code"])
  }

  @Test("The history ignores uncommitted files and gives the same bytes twice")
  func workTree() throws {
    let package = try repository()
    try commit(package, day: 1, accuracies: ["0.5"])
    let text = try History(root: package.root).text
    try FileManager.default.removeItem(atPath: package.root + "/reports")
    #expect(try History(root: package.root).text == text)
  }

  @Test("Without a repository, commits or metrics, the history fails and says why")
  func nothing() throws {
    func failure(_ package: MockPackage) throws -> String? {
      let failure = #expect(throws: Failure.self) { try History(root: package.root) }
      #expect(failure?.code == .incomparable)
      return failure?.description
    }
    #expect(try failure(try MockPackage())?.contains("not a git repository") == true)
    let package = try repository()
    #expect(try failure(package) == "no history: the repository has no commit")
    try package.write("x", to: "reports/x")
    try package.commit()
    #expect(try failure(package) == "no history: no commit has a metrics.csv below reports/")
    try package.write("epoch,loss\n1\n", to: "reports/demo/norm/seed-0/metrics.csv")
    try package.commit()
    #expect(
      try failure(package)?.hasSuffix("metrics.csv: row 1: expected 2 fields, got 1") == true)
  }

  @Test(
    "The history's figure has one tick per commit and the same bytes each time",
    .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
  func figure() throws {
    let package = try repository()
    try package.linkReportSources()
    try commit(package, day: 1, accuracies: ["nan"])
    let history = try History(root: package.root)
    func draw() throws -> String {
      try history.drawFigure(to: package.root + "/history.svg")
      return try package.read("history.svg")
    }
    let figure = try draw()
    #expect(
      figure.contains(">demo/norm/seed-0<") && figure.contains(">\(history.table.rows[0][0])<"))
    #expect(try draw() == figure)
  }
}
