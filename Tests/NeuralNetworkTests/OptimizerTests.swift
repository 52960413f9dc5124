import NeuralNetwork
import Testing

@Suite("Stochastic gradient descent")
struct SGDTests {
  @Test("The momentum buffer starts as the gradient; the learning rate applies when it is used")
  func momentum() {
    let parameter = Parameter("p", shape: [1], repeating: 1)
    var optimizer = SGD([parameter], momentum: 0.5, weightDecay: 0)
    parameter.gradient = [4]
    optimizer.step(learningRate: 0.25)
    #expect(parameter.value == [0])
    // The buffer is 0.5 · 4 + 2 = 4.
    parameter.gradient = [2]
    optimizer.step(learningRate: 0.5)
    #expect(parameter.value == [-2])
    #expect(optimizer.state == [["momentum_buffer": [4]]])
  }

  @Test("Weight decay pulls towards 0 before momentum")
  func weightDecay() {
    let parameter = Parameter("p", shape: [2], repeating: 8)
    var optimizer = SGD([parameter], momentum: 0.9, weightDecay: 0.25)
    optimizer.step(learningRate: 0.5)
    #expect(parameter.value == [7, 7])
  }

  @Test("The declared state is the state after a step; without momentum there is none")
  func declaredState() {
    let parameters = [Parameter("a", shape: [2, 3]), Parameter("b", shape: [4])]
    for momentum in [0, 0.9] {
      var optimizer = SGD(parameters, momentum: momentum, weightDecay: 0)
      #expect(optimizer.state == [[:], [:]])
      optimizer.step(learningRate: 0.1)
      #expect(optimizer.stateCount == (momentum == 0 ? 0 : 10))
      #expect(optimizer.stateCount == optimizer.state.reduce(0) { $0 + $1.values.joined().count })
    }
  }
}

@Suite("Gradient norm")
struct GradientNormTests {
  func parameters() -> [Parameter] {
    let (a, b) = (Parameter("a", shape: [2]), Parameter("b", shape: [1]))
    a.gradient = [2, 3]
    b.gradient = [6]
    return [a, b]
  }

  @Test("Is the Euclidean norm of all gradients together")
  func norm() {
    #expect(gradientNorm(of: parameters()) == 7)
  }

  @Test("Clipping scales all gradients and returns the norm before")
  func clipping() {
    let parameters = parameters()
    #expect(clipGradientNorm(of: parameters, to: 1) == 7)
    #expect(abs(gradientNorm(of: parameters) - 1) < 1e-6)
    #expect(abs(parameters[0].gradient[1] - 3 / 7) < 1e-6)
  }

  @Test("A norm below the limit is left alone; one of exactly the limit is scaled a little")
  func limits() {
    let below = parameters()
    clipGradientNorm(of: below, to: 8)
    #expect(below[0].gradient == [2, 3])
    let equal = parameters()
    clipGradientNorm(of: equal, to: 7)
    #expect(equal[1].gradient[0] < 6)
  }

  @Test("A norm that is not a number makes all gradients so")
  func notANumber() {
    let parameters = parameters()
    parameters[1].gradient = [.nan]
    #expect(clipGradientNorm(of: parameters, to: 1).isNaN)
    #expect(parameters[0].gradient.allSatisfy { $0.isNaN })
  }
}

@Suite("Initialization")
struct InitializationTests {
  @Test(
    "Kaiming normal draws with the deviation of fan-out",
    arguments: [([64, 3, 3, 3], 0.0589256), ([256, 64, 3, 3], 0.0294628)])
  func deviation(shape: [Int], expected: Double) {
    let parameter = Parameter("w", shape: shape)
    parameter.initializeKaimingNormal(seed: 3, index: 0)
    let values = parameter.value.map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    // Five standard errors.
    let error = 5 / (2 * Double(values.count)).squareRoot()
    #expect(abs(deviation / expected - 1) < error)
    #expect(abs(mean) < 5 * expected / Double(values.count).squareRoot())
  }

  @Test("Draws depend on seed and place")
  func streams() {
    func draw(seed: UInt64, index: Int) -> [Float] {
      let parameter = Parameter("w", shape: [4, 2, 1, 1])
      parameter.initializeKaimingNormal(seed: seed, index: index)
      return parameter.value
    }
    #expect(draw(seed: 1, index: 0) == draw(seed: 1, index: 0))
    #expect(draw(seed: 1, index: 0) != draw(seed: 2, index: 0))
    #expect(draw(seed: 1, index: 0) != draw(seed: 1, index: 1))
  }
}
