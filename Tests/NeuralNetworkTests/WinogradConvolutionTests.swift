import TestSupport
import Testing

@testable import NeuralNetwork

/// Winograd's method beside the definition in double precision. Distances are ‖ours − exact‖ / ‖exact‖;
/// the bounds are twice what was measured. Single precision alone gives about 2e-7.
@Suite("Winograd convolution")
struct WinogradConvolutionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let inputs, outputs, height, width, padding: Int

    init(_ inputs: Int, _ outputs: Int, _ height: Int, _ width: Int, _ padding: Int) {
      (self.inputs, self.outputs, self.padding) = (inputs, outputs, padding)
      (self.height, self.width) = (height, width)
    }

    var convolution: Convolution {
      Convolution(
        inputChannels: inputs, outputChannels: outputs, kernelSize: 3, padding: padding)
    }
    var testDescription: String { "\(inputs) → \(outputs) at \(height)×\(width), \(padding)" }
  }

  /// Layers of the network, and images with every remainder of whole tiles.
  static let cases = [
    Case(16, 64, 55, 55, 1), Case(32, 128, 15, 15, 1), Case(48, 192, 13, 14, 1),
    Case(64, 256, 13, 13, 1), Case(32, 48, 7, 8, 0), Case(16, 112, 9, 6, 2), Case(16, 16, 1, 2, 1),
  ]

  @Test("Outputs and both gradients are as exact as the method allows", arguments: cases)
  func exactness(of shapes: Case) {
    let convolution = shapes.convolution
    #expect(WinogradConvolution(convolution) != nil)
    let layer = Conv2D("conv", convolution, engine: DirectEngine())
    layer.weight.value = randomNumbers(layer.weight.value.count, seed: 1)
    layer.bias.value = randomNumbers(layer.bias.value.count, seed: 2)
    // Activations after a ReLU are not negative.
    let images = randomTensor(Shape(2, shapes.height, shapes.width, shapes.inputs), seed: 3)
    let input = Tensor(shape: images.shape, elements: images.elements.map { max(0, $0) })
    let output = layer.forward(input, mode: training(2))
    let gradient = randomTensor(output.shape, seed: 4)
    let inputGradient = layer.backward(gradient)

    let exact = ExactConvolution(layer, input: input, gradient: gradient)
    #expect(distance(output.elements, exact.output) <= 1e-6)
    #expect(distance(inputGradient.elements, exact.inputGradient) <= 2e-6)
    #expect(distance(layer.weight.gradient, exact.weightGradient) <= 1.6e-6)
    #expect(distance(layer.bias.gradient, exact.biasGradient) <= 1e-6)
  }

  private func distance(_ numbers: [Float], _ exact: [Double]) -> Double {
    let difference = zip(numbers, exact).reduce(0) {
      $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
    }
    return (difference / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }
}

/// The passes of a 3×3 convolution by their definition, in double precision.
private struct ExactConvolution {
  private(set) var output: [Double]
  private(set) var inputGradient: [Double]
  private(set) var weightGradient: [Double]
  private(set) var biasGradient: [Double]

  init(_ layer: Conv2D, input: Tensor, gradient: Tensor) {
    let (shape, outputShape) = (input.shape, gradient.shape)
    let (inputs, outputs) = (shape.channels, outputShape.channels)
    let padding = layer.convolution.padding
    let x = input.elements.map(Double.init)
    let dy = gradient.elements.map(Double.init)
    let weight = layer.weight.value.map(Double.init)
    var output = [Double](repeating: 0, count: dy.count)
    var inputGradient = [Double](repeating: 0, count: x.count)
    var weightGradient = [Double](repeating: 0, count: weight.count)
    var biasGradient = [Double](repeating: 0, count: outputs)
    for pixel in 0..<outputShape.count * outputShape.pixels {
      let (n, position) = pixel.quotientAndRemainder(dividingBy: outputShape.pixels)
      let (y, column) = position.quotientAndRemainder(dividingBy: outputShape.width)
      for o in 0..<outputs {
        let g = dy[pixel * outputs + o]
        var sum = Double(layer.bias.value[o])
        biasGradient[o] += g
        for tap in 0..<9 {
          let (row, column) = (y + tap / 3 - padding, column + tap % 3 - padding)
          guard (0..<shape.height).contains(row), (0..<shape.width).contains(column) else {
            continue
          }
          let first = ((n * shape.height + row) * shape.width + column) * inputs
          for i in 0..<inputs {
            let w = (o * inputs + i) * 9 + tap
            sum += x[first + i] * weight[w]
            inputGradient[first + i] += g * weight[w]
            weightGradient[w] += g * x[first + i]
          }
        }
        output[pixel * outputs + o] = sum
      }
    }
    (self.output, self.inputGradient) = (output, inputGradient)
    (self.weightGradient, self.biasGradient) = (weightGradient, biasGradient)
  }
}
