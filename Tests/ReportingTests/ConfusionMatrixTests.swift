import Reporting
import Support
import Testing

@Suite("Confusion matrix")
struct ConfusionMatrixTests {
  private func predictions(_ rows: [(String, Int, Int)]) -> Table {
    Table(
      columns: ["path", "label", "predicted"],
      rows: rows.map { [$0.0, String($0.1), String($0.2)] })
  }

  @Test("Precision, recall and confusion of three classes match a hand count")
  func threeClasses() throws {
    let tench = "v/n01440764"
    let table = predictions([
      ("\(tench)/1", 0, 0), ("\(tench)/2", 0, 0), ("\(tench)/3", 0, 1), ("\(tench)/4", 0, 2),
      ("v/n1/1", 1, 1), ("v/n1/2", 1, 0),
    ])
    let results = try ConfusionMatrix(predictions: table, path: "p.csv")
    #expect(results.names == ["tench", "n1", "2"])
    #expect(results.confusion == [[2, 1, 1], [1, 1, 0], [0, 0, 0]])
    #expect(results.images(0) == 4)
    #expect(results.recall(0) == 0.5)
    #expect(results.precision(0) == 2.0 / 3.0)
    #expect(results.precision(1) == 0.5)
    #expect(results.recall(2).isNaN)
    #expect(results.precision(2) == 0)
    #expect(results.mostMistakenFor(0) == 1)
    #expect(results.mostMistakenFor(2) == nil)
    #expect(results.table.rows[0] == ["0 tench", "4", "0.6667", "0.5000", "n1 (1)"])
    #expect(results.matrix.rows[1] == ["1 n1", "1", "1", "0"])
  }

  @Test("The confusion matrix names classes without images if the others are Imagenette's")
  func classesWithoutImages() throws {
    func results(_ folder: String) throws -> ConfusionMatrix {
      try ConfusionMatrix(
        predictions: predictions([("v/\(folder)/1", 1, 0)]), classes: 10, path: "p.csv")
    }
    #expect(
      try results("n02102040").names.prefix(3) == ["tench", "English springer", "cassette player"])
    #expect(try results("own").names.prefix(3) == ["0", "own", "2"])
    #expect(try results("own").confusion[1] == [1] + [Int](repeating: 0, count: 9))
  }

  @Test("The confusion matrix prefers the record's class names and numbers classes beyond them")
  func givenNames() throws {
    let results = try ConfusionMatrix(
      predictions: predictions([("v/n01440764/1", 0, 2)]), names: ["night", "day"], path: "p.csv")
    #expect(results.names == ["night", "day", "2"])
  }

  @Test("A confusion matrix rejects a missing column and a class that is not an index")
  func unusable() {
    #expect(throws: Failure.self) {
      try ConfusionMatrix(predictions: Table(columns: ["path", "label"]), path: "p.csv")
    }
    #expect(throws: Failure(.corrupt, "p.csv: expected indices of classes, got '0' and '-1'")) {
      try ConfusionMatrix(predictions: predictions([("v/n0/1", 0, -1)]), path: "p.csv")
    }
  }
}
