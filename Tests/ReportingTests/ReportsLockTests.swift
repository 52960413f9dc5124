import Foundation
import Reporting
import Support
import TestSupport
import Testing

@Suite(
  "Reports lock", .temporaryFolder,
  .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
struct ReportsLockTests {
  @Test("Weaving waits for the process that weaves, and reads results only then")
  func waiting() async throws {
    let package = try MockPackage()
    try package.linkReportSources()
    try package.write("//: # X\n//: {{val_accuracy}}\n", to: "experiments/x/main.swift")
    try package.writeRun("reports/demo/x/seed-0", accuracies: ["0.5"])
    let lock = open("\(package.root)/reports/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    try #require(lock >= 0 && flock(lock, LOCK_EX) == 0)
    let weaving = Task.detached { try weave(root: package.root) }
    try await Task.sleep(for: .milliseconds(300))
    #expect(!Files.exists("\(package.root)/reports/demo/report.md"))
    try package.writeRun("reports/demo/x/seed-0", accuracies: ["0.75"])
    close(lock)
    let files = try await weaving.value
    #expect(files.contains("reports/demo/report.md"))
    #expect(try package.read("reports/demo/report.md").contains("\n0.7500\n"))
    #expect(try package.read("reports/demo/x/summary.csv").contains("1,1.5,"))
  }
}
