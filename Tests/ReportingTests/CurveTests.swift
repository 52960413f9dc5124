import Reporting
import Support
import Testing

@Suite("Curves")
struct CurveTests {
  @Test("Every column is a curve except those that number the rows")
  func columns() throws {
    let table = try Table(parsing: "epoch,step,loss,note\n1,1,3,a\n1,2,2,b\n", name: "")
    let curves = Curve.all(table)
    #expect(curves.map(\.name) == ["loss", "note"])
    #expect(curves[0].points == ["epoch 1 step 1", "epoch 1 step 2"])
    #expect(curves[0].value(at: "epoch 1 step 2") == "2")
    #expect(curves[0].value(at: "epoch 2") == nil)
    let unnumbered = try Table(parsing: "loss\n3\n", name: "")
    #expect(Curve.all(unnumbered)[0].points == ["row 1"])
  }

  @Test("The best loss is the lowest, the best accuracy the highest, and NaN is never the best")
  func best() throws {
    let table = try Table(
      parsing: "val_loss,val_accuracy,train_loss\n2,nan,1\n1,0.5,2\nnan,0.25,3\n", name: "")
    #expect(Curve.all(table).map(\.best) == ["1", "0.5", nil])
    #expect(Curve.all(table).map(\.final) == ["nan", "0.25", "3"])
    let empty = Curve.all(Table(columns: ["val_loss"]))
    #expect(empty[0].best == nil && empty[0].final == nil)
  }
}
