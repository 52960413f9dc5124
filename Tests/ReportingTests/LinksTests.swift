import Foundation
import Support
import TestSupport
import Testing

/// The links, images and make targets in all of the package's Markdown files.
@Suite("Links")
struct LinksTests {
  private static let files = ["", "docs/", "reports/", "reports/*/", "Tests/Fixtures/"]
    .flatMap { markdownFiles(in: $0) }

  /// The Markdown files in a folder, or in all subfolders if it ends with `*/`.
  private static func markdownFiles(in folder: String) -> [String] {
    func list(_ path: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: "\(packageRoot)/\(path)")) ?? [])
        .sorted()
    }
    guard folder.hasSuffix("*/") else {
      return list(folder).filter { $0.hasSuffix(".md") }.map { folder + $0 }
    }
    let parent = String(folder.dropLast(2))
    return list(parent).flatMap { markdownFiles(in: "\(parent)\($0)/") }
  }

  /// The lines of a file outside code blocks.
  private static func prose(_ text: String) -> [Substring] {
    var isCode = false
    return text.split(separator: "\n").filter { line in
      if line.hasPrefix("```") { isCode.toggle() }
      return !isCode && !line.hasPrefix("    ")
    }
  }

  /// The targets of links and images.
  private static func targets(in text: String) -> [String] {
    prose(text).flatMap { line in
      let markdown = line.matches(of: /\]\(([^)\s]+)(?:\s+"[^"]*")?\)/).map { $0.output.1 }
      let html = line.matches(of: /(?:src|srcset|href)="([^"]+)"/).map { $0.output.1 }
      return (markdown + html).map(String.init)
    }
  }

  /// The names by which a hosting site links to a file's headings.
  private static func anchors(in text: String) -> [String] {
    prose(text).filter { $0.hasPrefix("#") }.map { heading in
      heading.drop { $0 == "#" || $0 == " " }.lowercased()
        .filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == " " || $0 == "_" }
        .replacing(" ", with: "-")
    }
  }

  @Test("The README and the pages it links to are among the checked files")
  func found() {
    for name in ["README.md", "CONTRIBUTING.md", "docs/performance.md", "reports/demo/report.md"] {
      #expect(Self.files.contains(name))
    }
  }

  @Test("Every link and image points to an existing file or heading", arguments: files)
  func links(file: String) throws {
    let text = try Files.readText("\(packageRoot)/\(file)")
    let folder = (file as NSString).deletingLastPathComponent
    for target in Self.targets(in: text) where !target.contains("://") {
      let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let path =
        parts[0].isEmpty ? "\(packageRoot)/\(file)" : "\(packageRoot)/\(folder)/\(parts[0])"
      #expect(Files.exists(path), "\(file): \(target)")
      if parts.count == 2, Files.exists(path) {
        let anchors = Self.anchors(in: try Files.readText(path))
        #expect(anchors.contains(String(parts[1])), "\(file): \(target)")
      }
    }
  }

  @Test("Every make target mentioned in prose exists in the Makefile", arguments: files)
  func makeTargets(file: String) throws {
    let makefile = try Files.readText(packageRoot + "/Makefile")
    let targets = Set(
      makefile.split(separator: "\n").flatMap { line in
        line.prefixMatch(of: /([a-z][a-z -]*):(?!=)/)
          .map { $0.output.1.split(separator: " ").map(String.init) } ?? []
      })
    let text = try Files.readText("\(packageRoot)/\(file)")
    for match in text.matches(of: /(?:^|`|\n +)make ([a-z][a-z-]*)/) {
      let name = String(match.output.1)
      #expect(
        targets.contains(name) || name.hasPrefix("experiment-"), "\(file): make \(name)")
    }
  }
}
