import Foundation
import Support
import TestSupport
import Testing

@Suite("Git", .temporaryFolder, .enabled(if: isInstalled("git"), "git is not installed"))
struct GitTests {
  /// A repository with the package in a folder of it.
  private func repository() throws -> MockPackage {
    let package = try MockPackage()
    try package.git("init", "-q")
    try package.write("first\n", to: "inner/reports/a b/é.csv")
    try package.write("", to: "inner/reports/empty.csv")
    try package.write("let x = 1", to: "inner/Sources/Network/X.swift")
    try package.commit()
    return package
  }

  @Test("A file missing from a revision is nil and does not shift the others")
  func missing() throws {
    let package = try repository()
    let git = Git(root: package.root)
    #expect(
      try git.texts([
        "HEAD:inner/reports/nothing", "HEAD:inner/reports/empty.csv", "HEAD^:x", "HEAD:inner",
        "HEAD:inner/reports/a b/é.csv",
      ]) == [nil, "", nil, nil, "first\n"])
  }

  @Test("A binary file in a revision fails with exit code 2 and its name")
  func binary() throws {
    let package = try repository()
    try Files.write([0xFF, 0xFE] as [UInt8], to: package.root + "/binary")
    try package.commit()
    let failure = #expect(throws: Failure.self) {
      try Git(root: package.root).texts(["HEAD:./binary"])
    }
    #expect(failure == Failure(.incomparable, "HEAD:./binary: not UTF-8 text"))
    #expect(try Git(root: package.root).files(["HEAD:./binary"]) == [[0xFF, 0xFE]])
  }

  @Test(
    "The inputs of runs are existing files, without code that only reads results")
  func inputs() {
    let paths = Git.inputs.map { $0.replacing(":(exclude)", with: "") }
    #expect(paths.filter { !Files.exists("\(packageRoot)/\($0)") } == [])
    #expect(Git.inputs.contains("Sources") && Git.inputs.contains(":(exclude)Sources/Reporting"))
  }

  @Test("Changed inputs of runs are listed, results and their readers are not")
  func changedInputs() throws {
    let package = try repository()
    let git = Git(root: package.root + "/inner")
    for path in ["Sources/Network/X.swift", "Sources/Reporting/Y.swift", "reports/empty.csv"] {
      try package.write("let x = 2", to: "inner/" + path)
    }
    #expect(try git.changedInputs(from: "HEAD", to: nil) == ["Sources/Network/X.swift"])
    #expect(try git.changedInputs(from: "HEAD", to: "HEAD") == [])
    try package.commit()
    #expect(try git.changedInputs(from: "HEAD~1", to: "HEAD") == ["Sources/Network/X.swift"])
    #expect(try git.changedInputs(from: String(repeating: "0", count: 40), to: "HEAD") == nil)
  }

  @Test(
    "An edited or new layer, script or package makes a run dirty; an edited report does not",
    arguments: [
      ("Sources/NeuralNetwork/Layers/ReLU.swift", true), ("Sources/Support/CSV.swift", true),
      ("experiments/norm/main.swift", true), ("Package.swift", true),
      ("Sources/Reporting/Report/Report.swift", false), ("Sources/squeezenet/main.swift", false),
      ("reports/introduction.md", false), ("Tests/X.swift", false),
    ])
  func dirty(path: String, isInput: Bool) throws {
    for isNew in [false, true] {
      let package = try MockPackage()
      try package.git("init", "-q")
      try package.write("x", to: isNew ? "README.md" : path)
      try package.commit()
      // A run may be started in any folder of the package.
      try package.write("x", to: "data/x")
      let git = try Git(enclosing: package.root + "/data")
      #expect(try !git.hasChangedInputs())
      try package.write("y", to: path)
      #expect(try git.hasChangedInputs() == isInput)
    }
  }

  @Test("Git has a folder unchanged only if all of its files are committed as they are")
  func unchanged() throws {
    let package = try repository()
    let git = Git(root: package.root + "/inner/reports")
    #expect(git.hasUnchanged(except: []))
    try package.write("*.tmp\n", to: ".gitignore")
    try package.commit()
    try package.write("x", to: "inner/reports/a.tmp")
    #expect(!git.hasUnchanged(except: []))
    #expect(git.hasUnchanged(except: ["a.tmp"]))
    try package.write("x", to: "inner/Sources/Network/X.swift")
    #expect(git.hasUnchanged(except: ["a.tmp"]))
    try package.write("x", to: "inner/reports/a b/é.csv")
    #expect(!git.hasUnchanged(except: ["a.tmp"]))
    try package.git("checkout", "-q", ".")
    try package.write("x", to: "inner/reports/a b/new.csv")
    #expect(!git.hasUnchanged(except: ["a.tmp"]))
    #expect(!Git(root: try MockPackage().root).hasUnchanged(except: []))
  }

  @Test("The digest of the inputs follows the part of each file that counts, committed or not")
  func digest() throws {
    let package = try repository()
    let git = Git(root: package.root + "/inner")
    func digest() -> String? {
      git.digestOfInputs(where: { $0 != "Sources/Other.swift" }) { path, text in
        path.hasPrefix("experiments/") ? String(text.prefix(3)) : text
      }
    }
    let first = try #require(digest())
    try package.write("let y = 1", to: "inner/Sources/Other.swift")
    try package.write("a table", to: "inner/reports/empty.csv")
    try package.write("code", to: "inner/Sources/Reporting/Y.swift")
    #expect(digest() == first)
    try package.write("abc", to: "inner/experiments/x/main.swift")
    let second = digest()
    #expect(second != first)
    try package.commit()
    try package.write("abcdef", to: "inner/experiments/x/main.swift")
    #expect(digest() == second)
    try package.write("let x = 2", to: "inner/Sources/Network/X.swift")
    #expect(digest() != second)
    try package.write("let x = 1", to: "inner/Sources/Network/X.swift")
    #expect(digest() == second)
    #expect(
      Git(root: package.root + "/inner/reports").digestOfInputs(where: { _ in true }) { $1 } == nil)
    #expect(Git(root: try MockPackage().root).digestOfInputs(where: { _ in true }) { $1 } == nil)
  }

  @Test("Asking git outside a repository fails with exit code 2")
  func noRepository() throws {
    let package = try MockPackage()
    let failure = #expect(throws: Failure.self) { try Git(enclosing: package.root) }
    #expect(failure?.code == .incomparable)
  }
}
