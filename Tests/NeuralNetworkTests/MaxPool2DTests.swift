import NeuralNetwork
import TestSupport
import Testing

@Suite("Max pooling")
struct MaxPool2DTests {
  @Test(
    "Max pooling rounds the output size up in ceil mode",
    arguments: [
      (1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (13, 6), (27, 13), (55, 27), (111, 55),
      (112, 56),
    ])
  func ceilMode(size: Int, expected: Int) {
    let pool = MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true)
    #expect(pool.outputShape(for: Shape(1, size, size, 8)) == Shape(1, expected, expected, 8))
  }

  @Test("Max pooling in ceil mode drops a window that would start outside the image")
  func lastWindowStartsInside() {
    let pool = MaxPool2D(kernelSize: 1, stride: 3, ceilMode: true)
    #expect(pool.outputShape(for: Shape(1, 5, 5, 1)).height == 2)
    #expect(pool.outputShape(for: Shape(1, 6, 6, 1)).height == 2)
  }

  @Test(
    "Max pooling rounds the output size down without ceil mode",
    arguments: [(3, 1), (4, 1), (5, 2), (2, 0)])
  func roundsDown(size: Int, expected: Int) {
    let pool = MaxPool2D(kernelSize: 3, stride: 2, ceilMode: false)
    #expect(pool.outputShape(for: Shape(1, size, size, 1)).width == expected)
  }

  @Test("Max pooling clips windows at the edge and keeps their largest value")
  func handWrittenCase() {
    let pool = MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true)
    let image = Tensor(
      shape: Shape(1, 4, 4, 1),
      elements: [
        1, 2, 3, 4,
        5, 6, 7, 8,
        9, 1, 2, 3,
        -4, -5, -6, -7,
      ])
    #expect(pool.forward(image, mode: .evaluation).elements == [9, 8, 9, 3])
  }

  @Test("Max pooling passes the gradient to the first of equal values in row-major order")
  func ties() {
    let pool = MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true)
    _ = pool.forward(Tensor(repeating: 3, shape: Shape(1, 3, 3, 1)), mode: training(1))
    let gradient = pool.backward(Tensor(repeating: 5, shape: Shape(1, 1, 1, 1)))
    #expect(gradient.elements == [5, 0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("Max pooling adds up the gradients of overlapping windows with the same maximum")
  func overlap() {
    let pool = MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true)
    var image = Tensor(repeating: 0, shape: Shape(1, 5, 5, 1))
    image[0, 2, 2, 0] = 1
    _ = pool.forward(image, mode: training(1))
    let gradient = pool.backward(Tensor(shape: Shape(1, 2, 2, 1), elements: [1, 2, 3, 4]))
    #expect(gradient[0, 2, 2, 0] == 10)
    #expect(gradient.elements.reduce(0, +) == 10)
  }

  @Test("Max pooling propagates NaN")
  func notANumber() {
    let pool = MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true)
    let image = Tensor(shape: Shape(1, 3, 3, 1), elements: [1, .nan, 7, 0, 0, 0, 0, 0, 9])
    #expect(pool.forward(image, mode: .evaluation).elements.first?.isNaN == true)
  }

  @Test("Max pooling treats every channel independently", arguments: [5, 16, 48, 64, 70], [2, 3])
  func channels(count: Int, stride: Int) {
    let pool = MaxPool2D(kernelSize: 3, stride: stride, ceilMode: true)
    func pooled(_ input: Tensor, _ gradient: (Shape) -> Tensor) -> (Tensor, Tensor) {
      let output: Tensor = pool.forward(input, mode: training(input.shape.count))
      return (output, pool.backward(gradient(output.shape)))
    }
    func channel(_ c: Int, of tensor: Tensor) -> Tensor {
      let shape = tensor.shape
      return Tensor(
        shape: Shape(shape.count, shape.height, shape.width, 1),
        elements: Swift.stride(from: c, to: shape.elements, by: shape.channels).map {
          tensor.elements[$0]
        })
    }
    let input = randomTensor(Shape(2, 9, 8, count), seed: 5)
    var outputGradient = Tensor(repeating: 0, shape: Shape(0, 0, 0, count))
    let (output, gradient) = pooled(input) {
      outputGradient = randomTensor($0, seed: 6)
      return outputGradient
    }
    for c in 0..<count {
      let alone = pooled(channel(c, of: input)) { _ in channel(c, of: outputGradient) }
      #expect(channel(c, of: output).elements == alone.0.elements)
      #expect(channel(c, of: gradient).elements == alone.1.elements)
    }
  }

  @Test(
    "Max pooling's gradient matches central differences, including pixels outside all windows",
    arguments: [(6, 7), (7, 8), (3, 2), (11, 9)], [2, 4])
  func gradients(size: (height: Int, width: Int), stride: Int) {
    expectGradientsToMatchDifferences(
      of: MaxPool2D(kernelSize: 3, stride: stride, ceilMode: stride == 2),
      input: randomTensor(Shape(2, size.height, size.width, 5), seed: 8), step: 1e-3)
  }
}
