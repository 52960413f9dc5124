import Reporting
import Testing

@Suite("Tolerance")
struct ToleranceTests {
  @Test(
    "A tolerance accepts equal fields and close numbers; NaN and infinities match only themselves")
  func accepts() {
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
}
