import NeuralNetwork
import Testing

@Suite("Initialization")
struct InitializationTests {
  @Test(
    "Kaiming normal initialization uses the fan-out deviation",
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

  @Test("Initial weights depend on the seed and the parameter's index")
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
