import NeuralNetwork
import TestSupport
import Testing

@Suite("Batch norm")
struct BatchNormTests {
  @Test("Batch norm in training normalizes by the biased variance and tracks the unbiased one")
  func handWrittenCase() {
    let norm = BatchNorm("norm", channels: 1)
    norm.weight.value = [2]
    norm.bias.value = [1]
    let input = Tensor(shape: Shape(2, 1, 2, 1), elements: [1, 2, 3, 6])
    // Mean 3, squares 4 + 1 + 0 + 9 = 14, biased variance 3.5, unbiased 14 / 3.
    let output = norm.forward(input, mode: training(2))
    let deviation = Float((3.5 + 1e-5).squareRoot())
    for (y, x) in zip(output.elements, input.elements) {
      #expect(abs(y - (2 * (x - 3) / deviation + 1)) < 1e-6)
    }
    #expect(norm.runningMean.contents == .numbers([0.3]))
    #expect(norm.runningVariance.contents == .numbers([Float(0.9 + 0.1 * 14 / 3)]))
    #expect(norm.batchesTracked.contents == .count(1))
  }

  @Test("Batch norm in evaluation uses the running statistics and leaves them unchanged")
  func evaluation() {
    let norm = BatchNorm("norm", channels: 2)
    norm.runningMean.contents = .numbers([1, -1])
    norm.runningVariance.contents = .numbers([4, 9])
    let input = Tensor(shape: Shape(1, 1, 2, 2), elements: [1, -1, 3, 2])
    let output = norm.forward(input, mode: .evaluation)
    for (y, expected) in zip(output.elements, [0, 0, 1, 1] as [Float]) {
      #expect(abs(y - expected) < 1e-5)
    }
    #expect(norm.batchesTracked.contents == .count(0))
  }

  @Test("A mean a thousand times the deviation costs batch norm's variance no accuracy")
  func largeOffset() {
    let norm = BatchNorm("norm", channels: 3)
    let numbers = randomNumbers(3 * 4 * 49, seed: 5)
    let plain = norm.forward(
      Tensor(shape: Shape(4, 7, 7, 3), elements: numbers), mode: training(4))
    let shifted = norm.forward(
      Tensor(shape: Shape(4, 7, 7, 3), elements: numbers.map { $0 + 1000 }), mode: training(4))
    for (a, b) in zip(plain.elements, shifted.elements) {
      // Adding 1000 has cost the numbers themselves about 3e-5.
      #expect(abs(a - b) < 3e-4)
    }
  }

  @Test("Batch norm's gradients match central differences", arguments: [1, 3, 16])
  func gradients(channels: Int) {
    let norm = BatchNorm("norm", channels: channels)
    norm.weight.value = randomNumbers(channels, seed: 1)
    norm.bias.value = randomNumbers(channels, seed: 2)
    expectGradientsToMatchDifferences(
      of: norm, input: randomTensor(Shape(3, 4, 5, channels), seed: 3))
  }

  @Test("Batch norm with a fused ReLU passes gradients only where the output is positive")
  func withReLU() {
    let norm = BatchNorm("norm", channels: 4)
    norm.weight.value = randomNumbers(4, seed: 1)
    let input = randomTensor(Shape(2, 3, 3, 4), seed: 2)
    let gradient = randomTensor(Shape(2, 3, 3, 4), seed: 3)
    let relu = ReLU()
    let expected = relu.forward(norm.forward(input, mode: training(2)), mode: training(2))
    let expectedGradient = norm.backward(relu.backward(gradient))

    // The same as channels 1 to 5 of a wider tensor.
    func wide(_ middle: Tensor) -> Tensor {
      Tensor.concatenatingChannels([
        Tensor(repeating: 8, shape: Shape(2, 3, 3, 1)), middle,
        Tensor(repeating: 8, shape: Shape(2, 3, 3, 1)),
      ])
    }
    let affine = norm.normalize(
      wide(input), channels: 1..<5, appliesReLU: true)
    let output = LazyActivations(input, affine: affine, appliesReLU: true)
    let inputGradient = LazyGradient(
      wide(gradient), channels: 1..<5,
      operation: .affine(norm.inputGradient(of: wide(gradient))))
    #expect(output.materialized().elements == expected.elements)
    #expect(inputGradient.materialized().elements == expectedGradient.elements)
  }
}
