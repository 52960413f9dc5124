import Reporting
import Testing

@Suite("Difference")
struct DifferenceTests {
  @Test("A difference is given as a number and, where the old value is not 0, in percent")
  func text() {
    #expect(Difference("2", "2.5").text == "+0.5 (+25%)")
    #expect(Difference("-2", "-2.5").text == "-0.5 (-25%)")
    #expect(Difference("0", "3").text == "+3")
    #expect(Difference("1", "nan").text == "nan")
    #expect(Difference("1", "word").absolute == .infinity)
    #expect(Difference("1", "inf").text == "+inf")
  }
}
