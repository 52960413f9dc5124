import NeuralNetwork
import TestSupport
import Testing

@Suite("Global average pooling")
struct GlobalAveragePool2DTests {
  @Test("Global average pooling computes each channel's mean over the image")
  func handWrittenCase() {
    let pool = GlobalAveragePool2D()
    let input = Tensor(shape: Shape(1, 2, 2, 2), elements: [1, 10, 2, 20, 3, 30, 6, 40])
    #expect(pool.forward(input, mode: .evaluation).elements == [3, 25])
  }

  @Test(
    "Global average pooling's gradient matches central differences",
    arguments: [Shape(2, 3, 5, 4), Shape(1, 1, 1, 3)])
  func gradients(shape: Shape) {
    expectGradientsToMatchDifferences(
      of: GlobalAveragePool2D(), input: randomTensor(shape, seed: 1))
  }
}
