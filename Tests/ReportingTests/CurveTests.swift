import Reporting
import Support
import Testing

@Suite("Curves")
struct CurveTests {
  @Test("Columns are curves, but for those that number the rows")
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

  @Test("The best loss is the lowest, the best accuracy the highest, NaN is neither")
  func best() throws {
    let table = try Table(
      parsing: "val_loss,val_accuracy,train_loss\n2,nan,1\n1,0.5,2\nnan,0.25,3\n", name: "")
    #expect(Curve.all(table).map(\.best) == ["1", "0.5", nil])
    #expect(Curve.all(table).map(\.final) == ["nan", "0.25", "3"])
    let empty = Curve.all(Table(columns: ["val_loss"]))
    #expect(empty[0].best == nil && empty[0].final == nil)
  }

  @Test("A tolerance accepts equal fields and near numbers, NaN and infinities only as themselves")
  func tolerance() {
    let exact = Tolerance()
    for field in ["0.1", "nan", "inf", "word"] { #expect(exact.accepts(field, field)) }
    #expect(exact.accepts("1", "1.0"))
    #expect(!exact.accepts("0.1", "0.10000000000000002"))
    let wide = Tolerance(relative: 0.1, absolute: 100)
    #expect(wide.accepts("1000", "1200"))
    #expect(!wide.accepts("1000", "1300"))
    for other in ["nan", "inf", "-inf", "word"] { #expect(!wide.accepts("1", other)) }
    #expect(!wide.accepts("inf", "-inf"))
  }

  @Test("A change is a difference and, where it can be, a percentage")
  func change() {
    #expect(Change("2", "2.5").text == "+0.5 (+25%)")
    #expect(Change("-2", "-2.5").text == "-0.5 (-25%)")
    #expect(Change("0", "3").text == "+3")
    #expect(Change("1", "nan").text == "nan")
    #expect(Change("1", "word").absolute == .infinity)
    #expect(Change("1", "inf").text == "+inf")
  }
}
