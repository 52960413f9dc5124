import NeuralNetwork
import Testing

@Suite("Gradient norm")
struct GradientNormTests {
  func parameters() -> [Parameter] {
    let (a, b) = (Parameter("a", shape: [2]), Parameter("b", shape: [1]))
    a.gradient = [2, 3]
    b.gradient = [6]
    return [a, b]
  }

  @Test("The gradient norm is the Euclidean norm of all gradients together")
  func norm() {
    #expect(gradientNorm(of: parameters()) == 7)
  }

  @Test("Clipping scales all gradients and returns the norm before clipping")
  func clipping() {
    let parameters = parameters()
    #expect(clipGradientNorm(of: parameters, to: 1) == 7)
    #expect(abs(gradientNorm(of: parameters) - 1) < 1e-6)
    #expect(abs(parameters[0].gradient[1] - 3 / 7) < 1e-6)
  }

  @Test("Clipping leaves a norm below the limit unchanged and slightly scales one at the limit")
  func limits() {
    let below = parameters()
    clipGradientNorm(of: below, to: 8)
    #expect(below[0].gradient == [2, 3])
    let equal = parameters()
    clipGradientNorm(of: equal, to: 7)
    #expect(equal[1].gradient[0] < 6)
  }

  @Test("Clipping with a NaN norm turns all gradients into NaN")
  func notANumber() {
    let parameters = parameters()
    parameters[1].gradient = [.nan]
    #expect(clipGradientNorm(of: parameters, to: 1).isNaN)
    #expect(parameters[0].gradient.allSatisfy { $0.isNaN })
  }
}
