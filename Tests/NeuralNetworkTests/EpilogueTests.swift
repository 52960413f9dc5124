import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Gradient epilogues")
struct EpilogueTests {
  /// Each image has more pixels than a strip.
  static let shape = Shape(20, 13, 17, 16)

  /// Layers that write the gradient of their input image by image, in strips or rows, and one that
  /// writes it as a whole.
  static func layers() -> [any Layer] {
    let convolutions = [(3, 1), (1, 0)].flatMap { kernelSize, padding in
      Conv2DTests.engines.map { engine in
        let layer = Conv2D(
          "conv",
          Convolution(
            inputChannels: 16, outputChannels: 16, kernelSize: kernelSize, padding: padding),
          engine: engine)
        layer.weight.value = randomNumbers(layer.weight.value.count, seed: 1)
        return layer
      }
    }
    return convolutions + [
      MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true), ReLU(), Residual(convolutions[0]),
    ]
  }

  /// The gradient of a layer's input.
  func gradient(_ layer: any Layer, _ epilogue: Epilogue) -> Tensor {
    let input = randomTensor(Self.shape, seed: 2)
    let output: Tensor = layer.forward(input, mode: training(Self.shape.count))
    return layer.backward(randomTensor(output.shape, seed: 3), epilogue: epilogue)
  }

  @Test("Every layer adds a gradient epilogue's addend to the input gradient")
  func addend() {
    let addend = randomTensor(Self.shape, seed: 4)
    // A residual has an addend of its own already.
    for layer in Self.layers().dropLast() {
      var expected = gradient(layer, Epilogue())
      expected.add(addend)
      #expect(gradient(layer, Epilogue(adding: addend)).elements == expected.elements)
    }
  }

  @Test("Gradient sums taken in an epilogue have the same bits as those batch norm takes itself")
  func sums() {
    for layer in Self.layers() {
      /// The gradients of a norm whose output the layer reads.
      func gradients(takesSums: Bool) -> [[Float]] {
        let norm = BatchNorm("norm", channels: Self.shape.channels)
        _ =
          norm.forward(
            randomTensor(Self.shape, seed: 5), mode: training(Self.shape.count)) as Tensor
        let sums = norm.gradientSums
        #expect(sums.count == 1)
        let gradient = gradient(layer, Epilogue(sums: takesSums ? sums : []))
        return [norm.backward(gradient).elements] + norm.parameters.map(\.gradient)
      }
      #expect(gradients(takesSums: true) == gradients(takesSums: false))
    }
  }

  @Test("Batch norm uses the gradient sums taken in an epilogue instead of rereading the gradient")
  func sumsAreUsed() {
    let norm = BatchNorm("norm", channels: Self.shape.channels)
    _ = norm.forward(randomTensor(Self.shape, seed: 5), mode: training(Self.shape.count)) as Tensor
    let pool = MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true)
    let gradient = gradient(pool, Epilogue(sums: norm.gradientSums))
    norm.backward(Tensor(repeating: 0, shape: Self.shape))
    let sums = stride(from: 0, to: gradient.elements.count, by: Self.shape.channels)
      .reduce(0) { $0 + Double(gradient.elements[$1]) }
    #expect(abs(Double(norm.bias.gradient[0]) - sums) < 1e-3)
    #expect(abs(sums) > 1)
  }
}
