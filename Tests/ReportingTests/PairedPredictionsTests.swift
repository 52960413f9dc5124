import Reporting
import Support
import Testing

@Suite("Paired predictions")
struct PairedPredictionsTests {
  private func predictions(_ rows: [(path: String, label: Int, predicted: Int)]) -> Table {
    Table(
      columns: ["path", "label", "predicted"],
      rows: rows.map { [$0.path, "\($0.label)", "\($0.predicted)"] })
  }

  @Test("Rows are paired by path, whatever their order; images of one run alone do not count")
  func pairing() throws {
    let first = predictions([("a", 0, 0), ("b", 0, 0), ("c", 1, 0), ("d", 1, 0), ("e", 1, 1)])
    let second = predictions([("e", 1, 1), ("d", 1, 0), ("c", 1, 1), ("b", 0, 1), ("f", 1, 1)])
    let pairs = try #require(try PairedPredictions(first, second, names: ("x", "y")))
    #expect(pairs.images == 4)
    #expect(pairs.onlyFirst == 1)
    #expect(pairs.onlySecond == 1)
    #expect(pairs.difference == 0)
    #expect(pairs.pValue == 1)
  }

  @Test(
    "The interval of a difference holds it, is the same every time and turns round with the runs")
  func interval() throws {
    let first = predictions((0..<40).map { ("\($0)", 0, $0 < 30 ? 0 : 1) })
    let second = predictions((0..<40).map { ("\($0)", 0, $0 < 18 ? 0 : 1) })
    let pairs = try #require(try PairedPredictions(first, second, names: ("x", "y")))
    #expect(pairs.difference == 0.3)
    // 2 · 2⁻¹²: all twelve images on which they disagree speak for the first.
    #expect(pairs.pValue == 2.0 / 4096)
    #expect(pairs.interval.contains(0.3) && !pairs.interval.contains(0))
    #expect(pairs.interval == pairs.interval)
    let turned = try #require(try PairedPredictions(second, first, names: ("y", "x")))
    #expect(turned.difference == -0.3)
    #expect(turned.interval.upperBound < 0)
  }

  @Test("Runs without a common image are not compared; a missing column is an error")
  func incomparable() throws {
    let table = predictions([("a", 0, 0)])
    #expect(try PairedPredictions(table, predictions([("b", 0, 0)]), names: ("x", "y")) == nil)
    #expect(throws: Failure(.corrupt, "y: expected the columns path, label and predicted")) {
      try PairedPredictions(table, Table(columns: ["path"]), names: ("x", "y"))
    }
  }
}
