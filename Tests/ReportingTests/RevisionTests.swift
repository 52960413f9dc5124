import Reporting
import Support
import TestSupport
import Testing

@Suite("Revision", .temporaryFolder, .enabled(if: isInstalled("git"), "git is not installed"))
struct RevisionTests {
  @Test("Files of a revision are read from commits and from the working tree")
  func texts() throws {
    // The package lies in a folder of its repository.
    let package = try MockPackage()
    try package.git("init", "-q")
    try package.write("first\n", to: "inner/reports/a b/é.csv")
    try package.write("", to: "inner/reports/empty.csv")
    try package.commit()
    let root = package.root + "/inner"
    try package.write("second\n", to: "inner/reports/a b/é.csv")
    func texts(_ name: String) throws -> [String: String] {
      try Revision(name, root: root).texts(below: "reports") { $0.hasSuffix(".csv") }
    }
    #expect(try texts("HEAD") == ["reports/a b/é.csv": "first\n", "reports/empty.csv": ""])
    #expect(try texts("worktree") == ["reports/a b/é.csv": "second\n", "reports/empty.csv": ""])
    #expect(try Revision("HEAD", root: root).texts(below: "nothing") { _ in true } == [:])
  }
}
