import Reporting
import Support
import Testing

@Suite("Tables for people")
struct MarkdownTableTests {
  private let table = Table(columns: ["name", "n"], rows: [["a|b", "1,000"], ["c", "–"]])

  @Test("Markdown aligns numbers to the right and escapes bars")
  func markdown() {
    #expect(table.markdown == "| name | n |\n| --- | ---: |\n| a\\|b | 1,000 |\n| c | – |")
  }

  @Test("Columns of text are padded, without blanks at the end of a line")
  func aligned() {
    #expect(table.aligned == "name  n\na|b   1,000\nc     –\n")
  }
}
