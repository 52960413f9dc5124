import Foundation
import Support
import Testing

/// A folder with a small package in it, made in the test's temporary folder.
package struct MockPackage {
  package let root: String

  /// Creates an empty package.
  package init() throws { root = try TemporaryFolder.makeSubfolder() }

  package func write(_ text: String, to path: String) throws {
    try Files.createFolder(("\(root)/\(path)" as NSString).deletingLastPathComponent)
    try Files.write(text, to: "\(root)/\(path)")
  }

  package func read(_ path: String) throws -> String { try Files.readText("\(root)/\(path)") }

  /// Runs git in the package's folder, with an author and settings of its own.
  package func git(_ words: String...) throws {
    let settings = [
      "user.name=Test", "user.email=test@example.org", "commit.gpgsign=false",
      "init.defaultBranch=main",
    ]
    let result = try run("git", settings.flatMap { ["-c", $0] } + words, in: root)
    try #require(result.status == 0, "\(result.messages)")
  }

  /// Commits all files, on a day of November 2026.
  package func commit(_ subject: String = "x", day: Int = 1) throws {
    try git("add", "-A")
    let date = "2026-11-\(day < 10 ? "0" : "")\(day)T12:00:00+00:00"
    try git("commit", "-q", "-m", subject, "--date", date)
  }

  /// Links to the real package's gnuplot scripts, introduction and reference values.
  package func linkReportSources() throws {
    try Files.createFolder("\(root)/reports")
    for name in ["plots", "reference", "measurements", "introduction.md"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(root)/reports/\(name)", withDestinationPath: "\(packageRoot)/reports/\(name)")
    }
  }
}
