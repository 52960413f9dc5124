import Foundation
import Models
import Reporting
import Support
import TestSupport
import Testing
import Training

@Suite("Live view", .temporaryFolder, .enabled(if: isInstalled("gnuplot")))
struct LiveViewTests {
  /// What a run leaves in its folder when it has done some epochs.
  private func writeCheckpoint(_ accuracies: [String], to folder: String) throws {
    var file = SafeTensors()
    file.metadata["metrics"] = accuracies.enumerated().map {
      "\($0 + 1),0.01,1.5,0.9,0.5,\($1),2,30,4\n"
    }.joined()
    file.metadata["settings"] = #"{"profile": "demo", "clip_grad_norm": 1, "epochs": 8}"#
    try file.write(to: "\(folder)/checkpoint.safetensors")
  }

  private func view(_ package: MockPackage, _ experiment: String? = nil) throws -> LiveView {
    try LiveView(
      experiment: experiment, profile: nil, root: package.root, scratch: package.root + "/watch")
  }

  @Test("The live view redraws a running experiment after every epoch until it ends")
  func run() throws {
    let package = try MockPackage()
    try package.writeResults()
    let before = try package.read("reports/demo/norm/seed-0/metrics.csv")
    let path = package.root + "/reports/demo/norm/seed-0"
    let view = try view(package)
    #expect(try view.look().lines == [])

    var folder: RunFolder? = try RunFolder(path)
    #expect(try view.look().lines == ["norm seed 0, profile demo: no epoch yet"])
    try writeCheckpoint(["0.125", "0.25"], to: path)
    let name = "norm seed 0, profile demo"
    #expect(try view.look().lines == ["\(name): epoch 2 of 8, validation accuracy 0.2500"])
    #expect(try view.look().lines == [])
    for name in ["norm-loss", "comparison-accuracy"] {
      #expect(try package.read("watch/reports/demo/figures/\(name).svg").contains("<svg"))
    }
    #expect(try package.read("watch/index.html").contains("figures/norm-loss.svg"))
    let drawn = try package.read("watch/reports/demo/figures/norm-loss.svg")

    try writeCheckpoint(["0.125", "0.25", "0.375"], to: path)
    #expect(try view.look().lines.count == 1)
    #expect(try package.read("watch/reports/demo/figures/norm-loss.svg") != drawn)
    // Results of earlier runs are only read.
    #expect(try package.read("reports/demo/norm/seed-0/metrics.csv") == before)
    #expect(!Files.exists(package.root + "/reports/demo/figures"))

    Files.remove(path + "/checkpoint.safetensors")
    withExtendedLifetime(folder) {}
    folder = nil
    var looks = [try view.look(), try view.look()]
    #expect(looks[0].lines == ["\(name): done: epoch 3, validation accuracy 0.7000"])
    #expect(looks.map(\.isOver) == [false, true])

    folder = try RunFolder(path)
    try writeCheckpoint(["0.125"], to: path)
    #expect(try view.look().lines == ["\(name): epoch 1 of 8, validation accuracy 0.1250"])
    folder = nil
    looks = [try view.look(), try view.look()]
    #expect(looks[0].lines == ["\(name): stopped: epoch 1 of 8, validation accuracy 0.1250"])
    #expect(looks[1].isOver)
  }

  @Test("The live view follows runs of several seeds and arms that are at work together")
  func severalRuns() throws {
    let package = try MockPackage()
    try package.writeResults()
    let arm = package.root + "/reports/demo/dropout/dropout-0.5"
    let view = try view(package, "dropout")
    var folders = try ["seed-1", "seed-7"].map { try RunFolder("\(arm)/\($0)") }
    let other = try RunFolder(package.root + "/reports/demo/norm/seed-0")
    try writeCheckpoint(["0.125"], to: "\(arm)/seed-1")
    try writeCheckpoint(["0.25", "0.5"], to: "\(arm)/seed-7")
    #expect(
      try view.look().lines == [
        "dropout 0.5 seed 1, profile demo: epoch 1 of 8, validation accuracy 0.1250",
        "dropout 0.5 seed 7, profile demo: epoch 2 of 8, validation accuracy 0.5000",
      ])
    let watched = "watch/reports/demo/dropout/"
    #expect(try package.read(watched + "dropout-0.5/seed-7/metrics.csv").contains("2,0.01"))
    // The other runs keep the results that they have.
    for run in ["dropout-0/seed-2", "dropout-0.5/seed-0"] {
      #expect(
        try package.read("\(watched)\(run)/metrics.csv")
          == package.read("reports/demo/dropout/\(run)/metrics.csv"))
    }
    withExtendedLifetime(other) {}
    folders.removeFirst()
    #expect(
      try view.look().lines == [
        "dropout 0.5 seed 1, profile demo: stopped: epoch 1 of 8, validation accuracy 0.1250"
      ])
    #expect(try !view.look().isOver)
    folders.removeAll()
    #expect(try [view.look(), view.look()].map(\.isOver) == [false, true])
  }

  @Test("An unknown experiment is an error that lists the existing ones")
  func unknown() throws {
    let package = try MockPackage()
    try package.writeResults()
    let failure = #expect(throws: Failure.self) { try view(package, "nrom") }
    #expect(failure?.code == .missing)
    #expect(failure?.description.hasSuffix("there are: norm, dropout, later") == true)
  }
}
