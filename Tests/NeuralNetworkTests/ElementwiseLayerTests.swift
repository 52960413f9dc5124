import NeuralNetwork
import TestSupport
import Testing

@Suite("ReLU")
struct ReLUTests {
  @Test("Keeps what is above 0; the gradient at 0 is 0")
  func handWrittenCase() {
    let relu = ReLU()
    let input = Tensor(shape: Shape(1, 1, 4, 1), elements: [-1, 0, 2, -0.0])
    #expect(relu.forward(input, mode: training(1)).elements == [0, 0, 2, 0])
    let gradient = relu.backward(Tensor(repeating: 3, shape: Shape(1, 1, 4, 1)))
    #expect(gradient.elements == [0, 0, 3, 0])
    #expect(input.elements == [-1, 0, 2, 0])
  }

  @Test("Backward matches central differences")
  func gradients() {
    expectGradientsToMatchDifferences(
      of: ReLU(), input: randomTensor(Shape(2, 5, 3, 7), seed: 1), step: 1e-3)
  }
}

@Suite("Global average pooling")
struct GlobalAveragePool2DTests {
  @Test("Each channel's mean over the image")
  func handWrittenCase() {
    let pool = GlobalAveragePool2D()
    let input = Tensor(shape: Shape(1, 2, 2, 2), elements: [1, 10, 2, 20, 3, 30, 6, 40])
    #expect(pool.forward(input, mode: .evaluation).elements == [3, 25])
  }

  @Test("Backward matches central differences", arguments: [Shape(2, 3, 5, 4), Shape(1, 1, 1, 3)])
  func gradients(shape: Shape) {
    expectGradientsToMatchDifferences(
      of: GlobalAveragePool2D(), input: randomTensor(shape, seed: 1))
  }
}

@Suite("Dropout")
struct DropoutTests {
  @Test("Rate 0 and evaluation change nothing")
  func identity() {
    let input = randomTensor(Shape(2, 3, 3, 4), seed: 1)
    #expect(Dropout(rate: 0).forward(input, mode: training(2)).elements == input.elements)
    #expect(Dropout(rate: 0.5).forward(input, mode: .evaluation).elements == input.elements)
  }

  @Test("Rate 1 leaves nothing")
  func everything() {
    let input = randomTensor(Shape(1, 3, 3, 4), seed: 1)
    #expect(Dropout(rate: 1).forward(input, mode: training(1)).elements.allSatisfy { $0 == 0 })
  }

  @Test("What is kept is scaled up, and the share of zeros is the rate")
  func scaling() {
    let input = Tensor(repeating: 1, shape: Shape(4, 20, 20, 25))
    let output = Dropout(rate: 0.25).forward(input, mode: training(4)).elements
    #expect(Set(output) == [0, Float(1 / 0.75)])
    // 40,000 draws: five standard deviations are 0.011.
    let share = Double(output.count { $0 == 0 }) / Double(output.count)
    #expect(abs(share - 0.25) < 0.011)
  }

  @Test(
    "An image's draws depend on its sample, the epoch and the seed, not on its place in a batch")
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

  @Test("Backward matches central differences")
  func gradients() {
    expectGradientsToMatchDifferences(
      of: Dropout(rate: 0.5), input: randomTensor(Shape(2, 3, 3, 5), seed: 1))
  }
}

@Suite("Residual")
struct ResidualTests {
  @Test("Adds the input, and nothing follows the sum")
  func handWrittenCase() {
    let layer = Residual(ReLU())
    let input = Tensor(shape: Shape(1, 1, 2, 1), elements: [-1, 2])
    #expect(layer.forward(input, mode: training(1)).elements == [-1, 4])
    let gradient = layer.backward(Tensor(shape: Shape(1, 1, 2, 1), elements: [3, 5]))
    #expect(gradient.elements == [3, 10])
  }

  @Test("Backward matches central differences, with and without a projection")
  func gradients() {
    func convolution(_ name: String, outputs: Int) -> Conv2D {
      let layer = Conv2D(
        name, Convolution(inputChannels: 3, outputChannels: outputs, kernelSize: 1),
        engine: DirectEngine())
      layer.weight.value = randomNumbers(layer.weight.value.count, seed: UInt64(name.utf8.count))
      return layer
    }
    let input = randomTensor(Shape(2, 3, 4, 3), seed: 4)
    expectGradientsToMatchDifferences(
      of: Residual(convolution("body", outputs: 3)), input: input)
    expectGradientsToMatchDifferences(
      of: Residual(
        convolution("body", outputs: 5), projection: convolution("bypass", outputs: 5)),
      input: input)
  }
}
