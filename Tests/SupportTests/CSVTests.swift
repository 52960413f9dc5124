import Support
import Testing

@Suite("CSV")
struct CSVTests {
  @Test(
    "CSV numbers are the shortest decimals that read back exactly",
    arguments: [
      (1.0, "1"), (0.1, "0.1"), (-2.5, "-2.5"), (1e-5, "1e-05"), (1.0 / 3, "0.3333333333333333"),
      (.nan, "nan"), (-.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf"), (0, "0"),
    ])
  func numbers(number: Double, text: String) {
    #expect(CSV.format(number) == text)
  }

  @Test("CSV writes a single-precision number as short as its precision allows")
  func singlePrecision() {
    #expect(CSV.format(Float(0.1)) == "0.1")
  }

  @Test("CSV fields with commas, quotes or line feeds are quoted and read back")
  func quoting() throws {
    let fields = ["plain", "a,b", "say \"so\"", "two\nlines", "", "ünï"]
    let table = Table(columns: ["a", "b", "c", "d", "e", "f"], rows: [fields])
    #expect(table.text == "a,b,c,d,e,f\nplain,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",,ünï\n")
    #expect(try Table(parsing: table.text, name: "x.csv") == table)
  }

  @Test("CSV recognizes a quote followed by a combining mark")
  func combiningMarks() throws {
    let table = Table(columns: ["a"], rows: [["\"\u{591}"], [",\u{301}"]])
    #expect(try Table(parsing: table.text, name: "t") == table)
    #expect(table.text.utf8.count { $0 == 0x22 } == 6)
  }

  @Test("CSV lines may end in CR LF, and the last line needs no end")
  func lineEnds() throws {
    let table = try Table(parsing: "a,b\r\n1,2\r\n3,4", name: "x.csv")
    #expect(table.rows == [["1", "2"], ["3", "4"]])
    #expect(table.numbers("b") == [2, 4])
    #expect(table["c"] == nil)
  }

  @Test(
    "A malformed CSV file is rejected with its name and line",
    arguments: [
      ("", "x.csv: empty, expected a CSV header"),
      ("a,b\n1\n", "x.csv: row 1: expected 2 fields, got 1"),
      ("a\n\"1\n", "x.csv: line 3: a quote is never closed"),
    ])
  func malformed(text: String, message: String) {
    #expect(throws: Failure(.corrupt, message)) { try Table(parsing: text, name: "x.csv") }
  }
}
