import Foundation
import Support
import Testing

@Suite("Elementary functions")
struct ElementaryTests {
  /// The distance in units in the last place of the expected value.
  func error(_ got: Double, _ expected: Double) -> Double {
    got == expected ? 0 : abs(got - expected) / expected.ulp
  }

  @Test("exp is within two units in the last place")
  func exponential() {
    for i in -7000...7000 {
      let x = Double(i) * 0.1013
      guard x > -708, x < 709 else { continue }
      #expect(error(Elementary.exp(x), exp(x)) <= 2, "exp(\(x))")
    }
    #expect(Elementary.exp(0) == 1)
    #expect(Elementary.exp(-1000) == 0)
    #expect(Elementary.exp(710) == .infinity)
    #expect(Elementary.exp(.nan).isNaN)
    // Subnormal results have fewer digits.
    #expect(abs(Elementary.exp(-740) - exp(-740)) <= 2 * .leastNonzeroMagnitude)
  }

  @Test("log is within two units in the last place")
  func logarithm() {
    for i in 1...20_000 {
      for x in [Double(i) * 1e-4, Double(i) * 0.37, 1 / Double(i)] {
        #expect(error(Elementary.log(x), log(x)) <= 2, "log(\(x))")
      }
    }
    #expect(Elementary.log(1) == 0)
    #expect(Elementary.log(0) == -.infinity)
    #expect(Elementary.log(-1).isNaN)
    #expect(Elementary.log(.leastNonzeroMagnitude) == log(.leastNonzeroMagnitude))
  }

  @Test("sine and cosine are within two units in the last place, or 1e-16 near their zeros")
  func sineAndCosine() {
    for i in -10_000...10_000 {
      let x = Double(i) * 0.01234
      let (sine, cosine) = Elementary.sineAndCosine(x)
      #expect(error(sine, sin(x)) <= 2 || abs(sine - sin(x)) < 1e-16, "sin(\(x))")
      #expect(error(cosine, cos(x)) <= 2 || abs(cosine - cos(x)) < 1e-16, "cos(\(x))")
    }
    #expect(Elementary.sineAndCosine(0) == (0, 1))
  }
}
