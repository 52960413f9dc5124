import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Convolution")
struct Conv2DTests {
  /// The engine in use and the plain one it is compared with.
  static let engines: [any ConvolutionEngine] = [DirectEngine(), openBLAS]

  static let openBLAS: OpenBLASEngine = {
    do { return try OpenBLASEngine() } catch { fatalError("\(error)") }
  }()

  static let convolutions = [
    Convolution(inputChannels: 1, outputChannels: 1, kernelSize: 1),
    Convolution(inputChannels: 5, outputChannels: 7, kernelSize: 1),
    Convolution(inputChannels: 3, outputChannels: 4, kernelSize: 3, padding: 1),
    Convolution(inputChannels: 3, outputChannels: 8, kernelSize: 3, stride: 2),
    Convolution(inputChannels: 2, outputChannels: 3, kernelSize: 7, stride: 2),
    Convolution(inputChannels: 4, outputChannels: 2, kernelSize: 2, stride: 3, padding: 1),
    Convolution(inputChannels: 16, outputChannels: 32, kernelSize: 3, padding: 1),
    Convolution(inputChannels: 48, outputChannels: 112, kernelSize: 3, padding: 1),
    Convolution(inputChannels: 32, outputChannels: 16, kernelSize: 3, padding: 2),
    Convolution(inputChannels: 64, outputChannels: 80, kernelSize: 3),
    Convolution(inputChannels: 19, outputChannels: 83, kernelSize: 3, stride: 2, padding: 1),
    Convolution(inputChannels: 33, outputChannels: 48, kernelSize: 1),
    Convolution(inputChannels: 2, outputChannels: 3, kernelSize: 5, padding: 4),
  ]

  func layer(_ convolution: Convolution, _ engine: any ConvolutionEngine) -> Conv2D {
    let layer = Conv2D("conv", convolution, engine: engine)
    layer.weight.value = randomNumbers(layer.weight.value.count, seed: 1)
    layer.bias.value = randomNumbers(layer.bias.value.count, seed: 2)
    return layer
  }

  @Test("A 3×3 convolution is a cross-correlation over the padded image", arguments: engines)
  func handWrittenCase(engine: any ConvolutionEngine) {
    let layer = Conv2D(
      "conv", Convolution(inputChannels: 1, outputChannels: 1, kernelSize: 3, padding: 1),
      engine: engine)
    layer.weight.value = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    layer.bias.value = [100]
    let image = Tensor(shape: Shape(1, 2, 2, 1), elements: [1, 2, 3, 4])
    // At (0, 0) the window is 0 0 0 / 0 1 2 / 0 3 4.
    let expected: [Float] = [
      100 + 5 * 1 + 6 * 2 + 8 * 3 + 9 * 4,
      100 + 4 * 1 + 5 * 2 + 7 * 3 + 8 * 4,
      100 + 2 * 1 + 3 * 2 + 5 * 3 + 6 * 4,
      100 + 1 * 1 + 2 * 2 + 4 * 3 + 5 * 4,
    ]
    #expect(layer.forward(image, mode: .evaluation).elements == expected)
  }

  @Test(
    "A convolution rounds its output size down",
    arguments: [(224, 111), (7, 3), (8, 3), (3, 1), (2, 0)])
  func outputSize(size: Int, expected: Int) {
    let convolution = Convolution(inputChannels: 3, outputChannels: 64, kernelSize: 3, stride: 2)
    let shape = convolution.outputShape(for: Shape(2, size, size, 3))
    #expect(shape == Shape(2, expected, expected, 64))
  }

  @Test("Convolutions of any shape match the definition", arguments: convolutions, engines)
  func matchesDefinition(convolution: Convolution, engine: any ConvolutionEngine) {
    let layer = layer(convolution, engine)
    let input = randomTensor(Shape(2, 9, 11, convolution.inputChannels), seed: 3)
    let output = layer.forward(input, mode: .evaluation)
    let size = convolution.kernelSize
    // Rounding errors are proportional to the sum of the terms' magnitudes, in Winograd's method with a
    // larger factor: at worst 1.1e-6 here.
    let isWinograd = engine is DirectEngine && WinogradConvolution(convolution) != nil
    let tolerance = isWinograd ? 1.5e-6 : 3e-7
    for n in 0..<2 {
      for y in 0..<output.shape.height {
        for x in 0..<output.shape.width {
          for o in 0..<convolution.outputChannels {
            var sum = Double(layer.bias.value[o])
            var magnitude = abs(sum)
            for i in 0..<convolution.inputChannels {
              for ky in 0..<size {
                for kx in 0..<size {
                  let row = y * convolution.stride + ky - convolution.padding
                  let column = x * convolution.stride + kx - convolution.padding
                  guard (0..<9).contains(row), (0..<11).contains(column) else { continue }
                  let weight =
                    layer.weight.value[
                      ((o * convolution.inputChannels + i) * size + ky) * size + kx]
                  let product = Double(weight) * Double(input[n, row, column, i])
                  sum += product
                  magnitude += abs(product)
                }
              }
            }
            #expect(abs(Double(output[n, y, x, o]) - sum) <= tolerance * magnitude)
          }
        }
      }
    }
  }

  @Test("A convolution's gradients match central differences", arguments: convolutions, engines)
  func gradients(convolution: Convolution, engine: any ConvolutionEngine) {
    expectGradientsToMatchDifferences(
      of: layer(convolution, engine),
      input: randomTensor(Shape(3, 8, 9, convolution.inputChannels), seed: 4))
  }

  @Test(
    "A convolution can write into a range of channels of a wider tensor and apply its ReLU",
    arguments: engines)
  func writesChannels(engine: any ConvolutionEngine) {
    let layer = layer(Self.convolutions[2], engine)
    let input = randomTensor(Shape(2, 5, 6, 3), seed: 5)
    let alone = layer.forward(input, mode: .evaluation)
    var wide = Tensor(repeating: -1, shape: Shape(2, 5, 6, 10))
    Conv2D.forward(
      [(layer, layer.output(in: 3..<7, appliesReLU: true))], LazyActivations(input),
      mode: .evaluation, output: &wide)
    #expect(wide.channels(3..<7).elements == alone.elements.map { max($0, 0) })
    #expect(wide.channels(0..<3).elements.allSatisfy { $0 == -1 })
    #expect(wide.channels(7..<10).elements.allSatisfy { $0 == -1 })
  }

  @Test("Parallel convolutions give the same results as each one alone", arguments: engines)
  func sideBySide(engine: any ConvolutionEngine) {
    func layers() -> [Conv2D] {
      [1, 3].map { size in
        layer(
          Convolution(inputChannels: 16, outputChannels: 8, kernelSize: size, padding: size / 2),
          engine)
      }
    }
    let (alone, together) = (layers(), layers())
    let input = randomTensor(Shape(5, 6, 7, 16), seed: 3)
    let mode = training(5)
    var output = Tensor(uninitialized: Shape(5, 6, 7, 16))
    Conv2D.forward(
      [
        (together[0], together[0].output(in: 0..<8)), (together[1], together[1].output(in: 8..<16)),
      ],
      LazyActivations(input), mode: mode, output: &output)
    let expected: [Tensor] = alone.map { $0.forward(input, mode: mode) }
    #expect(output.elements == Tensor.concatenatingChannels(expected).elements)

    let gradient = randomTensor(output.shape, seed: 4)
    let parts = [0..<8, 8..<16].map { LazyGradient(gradient, channels: $0) }
    let inputGradient = Conv2D.backward(
      Array(zip(together, parts)).map { (layer: $0, output: $1) }, epilogue: Epilogue())
    var sum = alone[0].backward(gradient.channels(0..<8))
    sum.add(alone[1].backward(gradient.channels(8..<16)))
    // The direct engine continues the first convolution's sums; OpenBLAS adds two results.
    for (x, y) in zip(inputGradient.elements, sum.elements) { #expect(abs(x - y) < 1e-4) }
    for (one, other) in zip(alone, together) {
      #expect(one.weight.gradient == other.weight.gradient)
      #expect(one.bias.gradient == other.bias.gradient)
    }
  }

  @Test(
    "A convolution's output for an image does not depend on the rest of the batch",
    arguments: convolutions, engines
  )
  func batchIndependence(convolution: Convolution, engine: any ConvolutionEngine) {
    let layer = layer(convolution, engine)
    let batch = randomTensor(Shape(5, 12, 10, convolution.inputChannels), seed: 6)
    let size = batch.shape.imageSize
    let alone = Tensor(
      shape: Shape(1, 12, 10, convolution.inputChannels),
      elements: Array(batch.elements[3 * size..<4 * size]))
    let together = layer.forward(batch, mode: .evaluation)
    let outputSize = together.shape.imageSize
    #expect(
      layer.forward(alone, mode: .evaluation).elements
        == Array(together.elements[3 * outputSize..<4 * outputSize]))
  }

  @Test(
    "A convolution's parameter gradients accumulate until they are cleared",
    arguments: convolutions, engines)
  func accumulation(convolution: Convolution, engine: any ConvolutionEngine) {
    let layer = layer(convolution, engine)
    func gradients(seed: UInt64) -> [Double] {
      let input = randomTensor(Shape(1, 12, 10, convolution.inputChannels), seed: seed)
      let output = layer.forward(input, mode: training(1))
      _ = layer.backward(randomTensor(output.shape, seed: seed + 1))
      return (layer.weight.gradient + layer.bias.gradient).map(Double.init)
    }
    func clear() { for parameter in layer.parameters { parameter.clearGradient() } }
    let first = gradients(seed: 1)
    clear()
    let second = gradients(seed: 3)
    clear()
    // Nobody reads between these two.
    for seed: UInt64 in [1, 3] {
      let input = randomTensor(Shape(1, 12, 10, convolution.inputChannels), seed: seed)
      let output = layer.forward(input, mode: training(1))
      _ = layer.backward(randomTensor(output.shape, seed: seed + 1))
    }
    let both = layer.weight.gradient + layer.bias.gradient
    // Two batches sum about 200 products of a mean magnitude of 1/4.
    for ((a, b), sum) in zip(zip(first, second), both) {
      #expect(abs(a + b - Double(sum)) <= 1e-6 * 50)
    }
    clear()
    #expect(layer.weight.gradient.allSatisfy { $0 == 0 })
  }

  @Test(
    "Reading a parameter's gradient between passes counts nothing twice", arguments: engines)
  func readingOneGradient(engine: any ConvolutionEngine) {
    func layerAfterPasses(reads: Bool) -> Conv2D {
      let layer = layer(Self.convolutions[5], engine)
      for seed: UInt64 in [1, 3] {
        let input = randomTensor(Shape(1, 12, 10, layer.convolution.inputChannels), seed: seed)
        let output: Tensor = layer.forward(input, mode: training(1))
        layer.backward(randomTensor(output.shape, seed: seed + 1))
        if reads { _ = layer.bias.gradient }
      }
      return layer
    }
    let (read, unread) = (layerAfterPasses(reads: true), layerAfterPasses(reads: false))
    for (read, unread) in zip(read.parameters, unread.parameters) {
      for (x, y) in zip(read.gradient, unread.gradient) { #expect(abs(x - y) < 1e-3) }
    }
  }

  @Test(
    "Convolutions that share weights and a plan follow changes of the weights", arguments: engines)
  func sharedPlan(engine: any ConvolutionEngine) {
    let convolution = Self.convolutions[6]
    let original = layer(convolution, engine)
    let copy = Conv2D("conv", convolution, engine: engine)
    copy.sharePlan(of: original)
    let input = randomTensor(Shape(2, 6, 5, convolution.inputChannels), seed: 3)
    func outputs() -> [[Float]] {
      for (copy, original) in zip(copy.parameters, original.parameters) { copy.share(original) }
      return [copy, original].map { layer in
        let output: Tensor = layer.forward(input, mode: training(2))
        return output.elements + layer.backward(output).elements
      }
    }
    let before = outputs()
    original.weight.value = original.weight.value.map { 2 * $0 }
    let after = outputs()
    #expect(before[0] == before[1] && after[0] == after[1] && before[0] != after[0])
  }

  @Test(
    "Both convolution engines agree on shapes with every kind of remainder", arguments: convolutions
  )
  func enginesAgree(convolution: Convolution) throws {
    for (height, width) in [(1, 1), (3, 2), (7, 9), (16, 13), (31, 33)] {
      let input = randomTensor(Shape(3, height, width, convolution.inputChannels), seed: 7)
      guard convolution.outputShape(for: input.shape).pixels > 0 else { continue }
      func results(_ engine: any ConvolutionEngine, of number: (Float) -> Float) -> [[Float]] {
        func mapped(_ tensor: Tensor) -> Tensor {
          Tensor(shape: tensor.shape, elements: tensor.elements.map(number))
        }
        let layer = layer(convolution, engine)
        layer.weight.value = layer.weight.value.map(number)
        layer.bias.value = layer.bias.value.map(number)
        let output = layer.forward(mapped(input), mode: training(3))
        let gradient = layer.backward(mapped(randomTensor(output.shape, seed: 8)))
        return [output.elements, gradient.elements, layer.weight.gradient, layer.bias.gradient]
      }
      func length(_ numbers: [Float]) -> Double {
        numbers.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
      }
      let direct = results(DirectEngine()) { $0 }
      let plain = results(Self.openBLAS) { $0 }
      // Rounding errors are proportional to the sum of the terms' magnitudes; the sum may cancel.
      let magnitudes = results(Self.openBLAS) { abs($0) }
      for ((direct, plain), magnitudes) in zip(zip(direct, plain), magnitudes) {
        #expect(direct.count == plain.count)
        #expect(length(zip(direct, plain).map(-)) <= 5e-7 * length(magnitudes))
      }
    }
  }
}
