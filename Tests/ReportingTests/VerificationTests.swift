import Foundation
import Reporting
import Support
import TestSupport
import Testing
import Training

@Suite("Verification", .temporaryFolder, .enabled(if: isInstalled("git"), "git is not installed"))
struct VerificationTests {
  /// A repository with committed runs and what is woven from them.
  private func repository() throws -> MockPackage {
    let package = try MockPackage()
    try package.git("init", "-q")
    try package.linkReportSources()
    for name in ["norm", "dropout"] {
      try package.write("//: # \(name)\n", to: "experiments/\(name)/main.swift")
    }
    try write(package)
    try weave(root: package.root)
    try package.commit()
    return package
  }

  /// Writes the runs of two experiments, one of them with two seeds, the other a sweep.
  private func write(
    _ package: MockPackage, only run: String? = nil, loss: String = "0.5", record: String = "",
    weights: String = "x", commit: String = "abc"
  ) throws {
    for folder in [
      "norm/seed-0", "norm/seed-0/unclipped", "norm/seed-1", "dropout/dropout-0.5/seed-0",
    ]
    where run.map({ folder.hasPrefix($0) }) ?? true {
      let path = "reports/demo/" + folder
      if folder.hasSuffix("unclipped") {
        try package.write("epoch,step,loss\n1,1,\(loss)\n", to: path + "/steps.csv")
        continue
      }
      try package.write(
        "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n1,1,0.5,1,0.5\n"
          + "2,1,0.5,\(loss),0.5\n", to: path + "/metrics.csv")
      try package.write(
        """
        {"commit": "\(commit)", "dirty": false, "weights": {"final": "\(weights)"},
         \(record.isEmpty ? "" : record + ",") "volatile": {"host": "\(commit)"}}
        """, to: path + "/run.json")
    }
  }

  private func verify(
    _ package: MockPackage, change: (MockPackage) throws -> Void
  ) throws -> Verification {
    let scratch = try MockPackage()
    try change(scratch)
    return try Verification(of: scratch.root, root: package.root)
  }

  @Test(
    "Verification accepts equal bytes whatever the commit and host, and ignores uncommitted files")
  func equal() throws {
    let package = try repository()
    try write(package, loss: "7")
    let result = try verify(package) {
      try write($0, only: "norm/seed-0", commit: "def")
      for weights in ["model", "best"] {
        try $0.write("x", to: "reports/demo/norm/seed-0/\(weights).safetensors")
      }
    }
    #expect(result.outcome == .success)
    #expect(result.differences == [] && result.reservations == [])
    #expect(result.fileCount == 3)
  }

  @Test("Verification names the first differing row of every file")
  func different() throws {
    let result = try verify(try repository()) {
      try write($0, only: "norm/seed-0", loss: "0.6", weights: "y")
    }
    #expect(result.outcome == .differences)
    #expect(
      result.differences == [
        "reports/demo/norm/seed-0/metrics.csv: row 2, val_loss: expected 0.5, got 0.6",
        "reports/demo/norm/seed-0/run.json: weights.final: expected x, got y",
        "reports/demo/norm/seed-0/unclipped/steps.csv: row 1, loss: expected 0.5, got 0.6",
      ])
  }

  @Test("Verification allows new entries in a record but no missing ones")
  func entries() throws {
    let package = try repository()
    #expect(
      try verify(package) { try write($0, only: "norm/seed-1", record: #""new": 1"#) }.differences
        == [])
    try write(package, record: #""data": {"train": 2, "val": 1}"#)
    try package.commit()
    let result = try verify(package) {
      try write($0, only: "norm/seed-1", record: #""data": {"train": 2}"#)
    }
    #expect(
      result.differences == [
        "reports/demo/norm/seed-1/run.json: data.val: expected 1, got no such entry"
      ])
  }

  @Test("Verification reports added and missing rows, columns and files")
  func shapes() throws {
    let folder = "reports/demo/dropout/dropout-0.5/seed-0"
    let result = try verify(try repository()) {
      try write($0, only: "dropout")
      try write($0, only: "norm/seed-0")
      try $0.write("epoch,loss\n1,2\n", to: "\(folder)/metrics.csv")
      try $0.write("x", to: "\(folder)/filters.csv")
      try $0.write("epoch,step,loss\n", to: "reports/demo/norm/seed-0/unclipped/steps.csv")
    }
    #expect(
      result.differences.prefix(3) == [
        "\(folder)/filters.csv: is not among the committed files",
        "\(folder)/metrics.csv: line 1: expected "
          + "'epoch,train_loss,train_accuracy,val_loss,val_accuracy', got 'epoch,loss'",
        "reports/demo/norm/seed-0/unclipped/steps.csv: row 1: expected 1 rows, got 0",
      ])
    let missing = try verify(try repository()) {
      try write($0, only: "norm/seed-0/unclipped")
    }
    #expect(
      missing.differences == [
        "reports/demo/norm/seed-0/metrics.csv: was not made again",
        "reports/demo/norm/seed-0/run.json: was not made again",
      ])
  }

  @Test("Verification compares pictures byte by byte")
  func pictures() throws {
    let package = try repository()
    let path = "reports/demo/norm/seed-0/samples.jpeg"
    try Files.write([0xFF, 0xD8, 1] as [UInt8], to: "\(package.root)/\(path)")
    try package.commit()
    func differences(_ bytes: [UInt8]) throws -> [String] {
      try verify(package) {
        try write($0, only: "norm/seed-0")
        try Files.write(bytes, to: "\($0.root)/\(path)")
      }.differences
    }
    #expect(try differences([0xFF, 0xD8, 1]) == [])
    #expect(try differences([0xFF, 0xD8, 2]) == ["\(path): byte 3: expected 1, got 2"])
    #expect(try differences([0xFF]) == ["\(path): expected 3 bytes, got 1"])
  }

  @Test(
    "Verification remakes figures, report and tables if a run of every arm was repeated",
    .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
  func woven() throws {
    let package = try repository()
    func repeatOneSeed(_ scratch: MockPackage) throws {
      try write(scratch, only: "norm/seed-1")
      try write(scratch, only: "dropout")
    }
    let result = try verify(package, change: repeatOneSeed)
    #expect(result.differences == [] && result.outcome == .success)
    #expect(result.fileCount > 8)
    try package.write("//: # Other\n", to: "experiments/norm/main.swift")
    try package.write("seed\n", to: "reports/demo/norm/runs.csv")
    try package.commit()
    let changed = try verify(package, change: repeatOneSeed)
    #expect(changed.outcome == .differences)
    #expect(
      changed.differences.map { String($0.prefix { $0 != ":" }) } == [
        "reports/demo/norm/runs.csv", "reports/demo/report.md",
      ])
    try package.write("//: {{nothing}}\n", to: "experiments/norm/main.swift")
    let broken = try verify(package, change: repeatOneSeed)
    #expect(broken.outcome == .incomparable)
    #expect(broken.reservations.first?.hasPrefix("figures and report cannot be made: ") == true)
    #expect(try verify(package) { try write($0, loss: "0.6") }.outcome == .differences)
  }

  @Test(
    "Verification draws no conclusion from figures that another gnuplot has drawn",
    .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
  func otherGnuplot() throws {
    let package = try repository()
    let path = "reports/demo/figures/comparison-loss.svg"
    let drawn = try package.read(path)
    func outcome(_ version: String, figure: String) throws -> Verification {
      let record = #""libraries": {"gnuplot": "\#(version)", "libjpeg": "x"}"#
      try write(package, record: record)
      try weave(root: package.root)
      try package.write(figure, to: path)
      try package.commit("x\(version)")
      return try verify(package) { try write($0, record: record) }
    }
    let here = try #require(Libraries.gnuplot)
    #expect(try outcome(here, figure: drawn + " ").outcome == .differences)
    let other = try outcome("1.0", figure: drawn + " ")
    #expect(other.outcome == .incomparable)
    #expect(
      other.reservations == [
        "figures: equal bytes are not promised: made with gnuplot 1.0, here \(here)"
      ])
    #expect(other.differences.count == 1 && other.differences[0].hasPrefix(path))
    #expect(try outcome("1.1", figure: drawn).outcome == .success)
  }

  @Test("Verification draws no conclusion where equal bytes are not promised and says why")
  func reservations() throws {
    let package = try repository()
    func record(_ family: String, _ target: String) -> String {
      #""blas": {"family": "\#(family)", "version": "1"}, "target": "\#(target) linux""#
    }
    func result(_ old: String, _ new: String, loss: String) throws -> Verification {
      try write(package, record: old)
      try package.git("add", "-A")
      try package.git("commit", "-q", "--allow-empty", "-m", "x")
      return try verify(package) { try write($0, only: "norm/seed-1", loss: loss, record: new) }
    }
    let (haswell, skylake) = (record("Haswell", "x86-64-v3"), record("SkylakeX", "x86-64-v4"))
    let other = try result(haswell, skylake, loss: "0.6")
    #expect(other.outcome == .incomparable)
    #expect(
      other.reservations == [
        "reports/demo/norm/seed-1/run.json: equal bytes are not promised: made with blas.family Haswell, here SkylakeX"
      ])
    #expect(try result(haswell, skylake, loss: "0.5").outcome == .success)
    #expect(try result(haswell, haswell, loss: "0.6").outcome == .differences)
    // Processors from x86-64-v3 on agree; nothing is promised for older ones.
    let newer = try result(haswell, record("Haswell", "x86-64-v4"), loss: "0.6")
    #expect(newer.outcome == .differences)
    let older = try result(haswell, record("Haswell", "x86-64-v2"), loss: "0.6")
    #expect(older.outcome == .incomparable)
    #expect(
      older.reservations == [
        "reports/demo/norm/seed-1/run.json: equal bytes are not promised: made on x86-64-v3 linux, here x86-64-v2 linux"
      ])
  }

  @Test("Another libjpeg may decide pixels, one that is not known does not count")
  func libjpeg() throws {
    let package = try repository()
    func result(_ old: String, _ new: String) throws -> Verification {
      func record(_ version: String) -> String {
        #""libraries": {"gnuplot": null, "libjpeg": \#(version)}"#
      }
      try write(package, record: record(old))
      try package.git("add", "-A")
      try package.git("commit", "-q", "--allow-empty", "-m", "x")
      return try verify(package) {
        try write($0, only: "norm/seed-1", loss: "0.6", record: record(new))
      }
    }
    #expect(try result(#""jpeg 1""#, #""jpeg 1""#).outcome == .differences)
    #expect(try result("null", #""jpeg 1""#).outcome == .differences)
    let other = try result(#""jpeg 1""#, #""jpeg 2""#)
    #expect(other.outcome == .incomparable)
    #expect(other.reservations.first?.hasSuffix("made with jpeg 1, here jpeg 2") == true)
  }

  @Test("Verification rejects runs that were never committed")
  func incomparable() throws {
    let package = try repository()
    for name in ["", "reports/demo/norm/seed-7/metrics.csv"] {
      let failure = #expect(throws: Failure.self) {
        try verify(package) { if !name.isEmpty { try $0.write("x", to: name) } }
      }
      #expect(failure?.code == .incomparable)
      #expect(failure?.description.hasPrefix("nothing to compare: no run") == true)
    }
    let failure = #expect(throws: Failure.self) {
      try Verification(of: package.root, base: "nowhere", root: package.root)
    }
    #expect(failure?.code == .incomparable)
  }
}
