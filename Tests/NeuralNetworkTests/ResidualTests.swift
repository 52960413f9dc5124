import NeuralNetwork
import TestSupport
import Testing

@Suite("Residual")
struct ResidualTests {
  @Test("A residual adds its input and applies nothing to the sum")
  func handWrittenCase() {
    let layer = Residual(ReLU())
    let input = Tensor(shape: Shape(1, 1, 2, 1), elements: [-1, 2])
    #expect(layer.forward(input, mode: training(1)).elements == [-1, 4])
    let gradient = layer.backward(Tensor(shape: Shape(1, 1, 2, 1), elements: [3, 5]))
    #expect(gradient.elements == [3, 10])
  }

  @Test("A residual's gradients match central differences, with and without a projection")
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
