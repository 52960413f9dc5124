import Reporting
import Testing

@Suite("Literate scripts")
struct LiterateScriptTests {
  private func chunks(_ text: String) -> [LiterateScript.Chunk] {
    LiterateScript(parsing: text).chunks
  }

  @Test("Prose and code alternate, blank ends are trimmed")
  func proseAndCode() {
    let text = """
      //: # Title
      //:
      //:  indented
      //:no space

      import Training

      let x = 1

      //: The end.

      """
    #expect(
      chunks(text) == [
        .prose(["# Title", "", " indented", "no space"], firstLine: 1),
        .code(["import Training", "", "let x = 1"]),
        .prose(["The end."], firstLine: 10),
      ])
  }

  @Test("Only //: at the start of a line is prose")
  func proseAtColumnZero() {
    #expect(chunks("  //: code\n// code") == [.code(["  //: code", "// code"])])
  }

  @Test("//- alone splits a block")
  func splits() {
    #expect(chunks("a()\n//-\nb()\n//- c") == [.code(["a()"]), .code(["b()", "//- c"])])
  }

  @Test("Lines that end in //hide are not shown, blocks of nothing are dropped")
  func hides() {
    #expect(chunks("a()  //hide\nb()\nc() //hide  ") == [.code(["b()"])])
    #expect(chunks("a()  //hide\n\n//-\n\n//:\n") == [])
    #expect(chunks("") == [])
  }

  @Test("A fence is wider than any run of backticks in the code")
  func fences() {
    #expect(LiterateScript.fenced(["a()"]) == "```swift\na()\n```")
    #expect(LiterateScript.fenced(["let s = \"````\"", "`x`"]).hasPrefix("`````swift\n"))
  }

  @Test("A script has a title when it opens with a heading of the first level")
  func titles() {
    #expect(LiterateScript(parsing: "\n//: # Title\ncode()").hasTitle)
    #expect(!LiterateScript(parsing: "//: ## Section\n").hasTitle)
    #expect(!LiterateScript(parsing: "code()\n//: # Title").hasTitle)
  }

  @Test("Lines may end in CR LF, and a blank line of prose counts for the line number")
  func carriageReturns() {
    #expect(
      chunks("//:\r\n//: text\r\ncode()\r\n") == [
        .prose(["text"], firstLine: 2), .code(["code()"]),
      ])
  }
}
