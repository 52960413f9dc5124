import Reporting
import Testing

@Suite("Literate scripts")
struct LiterateScriptTests {
  private func chunks(_ text: String) -> [LiterateScript.Chunk] {
    LiterateScript(parsing: text).chunks
  }

  @Test("A literate script splits into prose and code without blank lines at the ends")
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

  @Test("Only //: at the start of a line marks prose")
  func proseAtColumnZero() {
    #expect(chunks("  //: code\n// code") == [.code(["  //: code", "// code"])])
  }

  @Test("A line with only //- splits a block of code")
  func splits() {
    #expect(chunks("a()\n//-\nb()\n//- c") == [.code(["a()"]), .code(["b()", "//- c"])])
  }

  @Test("Lines ending in //hide are not shown, and empty blocks are dropped")
  func hides() {
    #expect(chunks("a()  //hide\nb()\nc() //hide  ") == [.code(["b()"])])
    #expect(chunks("a()  //hide\n\n//-\n\n//:\n") == [])
    #expect(chunks("") == [])
  }

  @Test("A code fence is longer than any run of backticks in the code")
  func fences() {
    #expect(LiterateScript.fenced(["a()"]) == "```swift\na()\n```")
    #expect(LiterateScript.fenced(["let s = \"````\"", "`x`"]).hasPrefix("`````swift\n"))
  }

  @Test("A script has a title if it opens with a first-level heading")
  func titles() {
    #expect(LiterateScript(parsing: "\n//: # Title\ncode()").hasTitle)
    #expect(!LiterateScript(parsing: "//: ## Section\n").hasTitle)
    #expect(!LiterateScript(parsing: "code()\n//: # Title").hasTitle)
  }

  @Test("Scripts may use CR LF line ends, and blank prose lines count in line numbers")
  func carriageReturns() {
    #expect(
      chunks("//:\r\n//: text\r\ncode()\r\n") == [
        .prose(["text"], firstLine: 2), .code(["code()"]),
      ])
  }
}
