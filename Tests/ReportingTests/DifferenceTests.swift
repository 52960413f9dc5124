import Reporting
import Testing

@Suite("Difference")
struct DifferenceTests {
  @Test("A difference is shown as a number and, unless the old value is 0, in percent")
  func text() {
    #expect(Difference("2", "2.5").text == "+0.5 (+25%)")
    #expect(Difference("-2", "-2.5").text == "-0.5 (-25%)")
    #expect(Difference("0", "3").text == "+3")
    #expect(Difference("1", "nan").text == "nan")
    #expect(Difference("1", "word").absolute == .infinity)
    #expect(Difference("1", "inf").text == "+inf")
  }
}
