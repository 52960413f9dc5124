import Support
import Testing
import Training

@Suite("Top losses")
struct TopLossesTests {
  private func rows(_ rows: [[String]]) throws -> [Int] {
    try TopLosses.rows(
      of: Table(columns: ["label", "predicted", "loss"], rows: rows), path: "p.csv")
  }

  @Test("Top losses list wrong predictions by falling loss, ties in file order")
  func order() throws {
    #expect(
      try rows([
        ["0", "1", "2"], ["0", "0", "9"], ["1", "0", "3"], ["1", "2", "2"], ["1", "2", "inf"],
      ]) == [4, 2, 0, 3])
  }

  @Test("A NaN loss counts as the highest")
  func noNumber() throws {
    #expect(try rows([["0", "1", "8"], ["0", "1", "nan"], ["0", "1", "9"]]) == [1, 2, 0])
  }

  @Test("A predictions file without a needed column is an error that names the file")
  func missingColumn() {
    #expect(throws: Failure(.corrupt, "p.csv: expected the columns label, predicted and loss")) {
      try TopLosses.rows(of: Table(columns: ["label", "predicted"]), path: "p.csv")
    }
  }
}
