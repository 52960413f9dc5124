import NeuralNetwork
import TestSupport
import Testing

@Suite("ReLU")
struct ReLUTests {
  @Test("ReLU keeps positive values, and its gradient at 0 is 0")
  func handWrittenCase() {
    let relu = ReLU()
    let input = Tensor(shape: Shape(1, 1, 4, 1), elements: [-1, 0, 2, -0.0])
    #expect(relu.forward(input, mode: training(1)).elements == [0, 0, 2, 0])
    let gradient = relu.backward(Tensor(repeating: 3, shape: Shape(1, 1, 4, 1)))
    #expect(gradient.elements == [0, 0, 3, 0])
    #expect(input.elements == [-1, 0, 2, 0])
  }

  @Test("ReLU's gradient matches central differences")
  func gradients() {
    expectGradientsToMatchDifferences(
      of: ReLU(), input: randomTensor(Shape(2, 5, 3, 7), seed: 1), step: 1e-3)
  }
}
