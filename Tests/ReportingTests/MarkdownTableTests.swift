import Reporting
import Support
import Testing

@Suite("Markdown tables")
struct MarkdownTableTests {
  private let table = Table(columns: ["name", "n"], rows: [["a|b", "1,000"], ["c", "–"]])

  @Test("Markdown tables align numbers to the right and escape vertical bars")
  func markdown() {
    #expect(table.markdown == "| name | n |\n| --- | ---: |\n| a\\|b | 1,000 |\n| c | – |")
  }

  @Test("Text tables pad columns and leave no trailing blanks")
  func aligned() {
    #expect(table.aligned == "name  n\na|b   1,000\nc     –\n")
  }
}
