import NeuralNetwork
import TestSupport
import Testing

@Suite("Dropout")
struct DropoutTests {
  @Test("Dropout with rate 0 or in evaluation changes nothing")
  func identity() {
    let input = randomTensor(Shape(2, 3, 3, 4), seed: 1)
    #expect(Dropout(rate: 0).forward(input, mode: training(2)).elements == input.elements)
    #expect(Dropout(rate: 0.5).forward(input, mode: .evaluation).elements == input.elements)
  }

  @Test("Dropout with rate 1 sets everything to 0")
  func everything() {
    let input = randomTensor(Shape(1, 3, 3, 4), seed: 1)
    #expect(Dropout(rate: 1).forward(input, mode: training(1)).elements.allSatisfy { $0 == 0 })
  }

  @Test("Dropout zeroes a share equal to its rate and scales up the rest")
  func scaling() {
    let input = Tensor(repeating: 1, shape: Shape(4, 20, 20, 25))
    let output = Dropout(rate: 0.25).forward(input, mode: training(4)).elements
    #expect(Set(output) == [0, Float(1 / 0.75)])
    // 40,000 draws: five standard deviations are 0.011.
    let share = Double(output.count { $0 == 0 }) / Double(output.count)
    #expect(abs(share - 0.25) < 0.011)
  }

  @Test(
    "Dropout's draws depend on seed, epoch and sample, not on the place in the batch")
  func draws() {
    let shape = Shape(1, 4, 4, 8)
    func factors(seed: UInt64 = 1, epoch: Int = 1, sample: Int) -> [Float] {
      let draws = Draws(seed: seed, epoch: epoch, samples: [sample])
      return Dropout.factors(rate: 0.5, shape: shape, draws: draws).elements
    }
    let pair = Dropout.factors(
      rate: 0.5, shape: Shape(2, 4, 4, 8), draws: Draws(seed: 1, epoch: 1, samples: [5, 9]))
    #expect(pair.elements == factors(sample: 5) + factors(sample: 9))
    #expect(factors(sample: 5) != factors(sample: 9))
    #expect(factors(sample: 5) != factors(epoch: 2, sample: 5))
    #expect(factors(sample: 5) != factors(seed: 2, sample: 5))
  }

  @Test("Dropout's gradient matches central differences")
  func gradients() {
    expectGradientsToMatchDifferences(
      of: Dropout(rate: 0.5), input: randomTensor(Shape(2, 3, 3, 5), seed: 1))
  }
}
