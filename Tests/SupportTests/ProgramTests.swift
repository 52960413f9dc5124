import Support
import TestSupport
import Testing

@Suite("Program", .temporaryFolder)
struct ProgramTests {
  @Test("A program gets its input and folder and returns status, output and messages")
  func run() throws {
    let script = "cat; pwd; echo first >&2; echo ' last' >&2; exit 3"
    let result = try Program.run(
      ["sh", "-c", script], in: TemporaryFolder.path, input: "input\n")
    #expect(result.status == 3)
    let output = String(decoding: result.output, as: UTF8.self)
    #expect(output.hasPrefix("input\n") && output.hasSuffix("\(TemporaryFolder.path)\n"))
    #expect(result.messages == "first\n last\n")
    #expect(result.complaint == "last")
  }

  @Test("A program with much output on stdout and stderr does not block")
  func muchOutput() throws {
    let script = "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"
    let result = try Program.run(["sh", "-c", script], in: TemporaryFolder.path)
    #expect(result.status == 0)
    #expect(result.output.count == 300_000 && result.messages.utf8.count == 300_000)
  }

  @Test(
    "A program without input runs even if the temporary folder is unusable",
    .enabled(if: isInstalled("git"), "git is not installed"))
  func noTemporaryFolder() throws {
    let package = try MockPackage()
    try package.git("init", "-q")
    try package.write("", to: "a.txt")
    try package.commit()
    let result = try Program.run(
      ["env", "TMPDIR=/proc/none", builtProgram("squeezenet"), "diff"], in: package.root)
    #expect(result.complaint.hasPrefix("squeezenet: nothing to compare"), "\(result.complaint)")
  }

  @Test("A missing program has status 127")
  func missing() throws {
    #expect(try Program.run(["no-such-program"], in: TemporaryFolder.path).status == 127)
  }
}
