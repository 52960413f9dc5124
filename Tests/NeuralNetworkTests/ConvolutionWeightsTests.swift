import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Weights of a forward pass")
struct ConvolutionWeightsTests {
  /// A convolution and a norm with random state.
  private func layers(_ engine: any ConvolutionEngine = DirectEngine()) -> (Conv2D, BatchNorm) {
    let conv2d = Conv2D(
      "conv2d",
      Convolution(inputChannels: 16, outputChannels: 32, kernelSize: 3, padding: 1),
      engine: engine)
    let norm = BatchNorm("norm", channels: 32)
    for (i, parameter) in (conv2d.parameters + norm.parameters).enumerated() {
      parameter.value = randomNumbers(parameter.value.count, seed: UInt64(i))
    }
    norm.runningMean.contents = .numbers(randomNumbers(32, seed: 8))
    norm.runningVariance.contents = .numbers(randomNumbers(32, seed: 9).map { abs($0) + 0.1 })
    return (conv2d, norm)
  }

  private func forward(_ conv2d: Conv2D, folding norm: BatchNorm, _ input: Tensor) -> [Float] {
    var output = Tensor(uninitialized: conv2d.outputShape(for: input.shape))
    Conv2D.forward(
      [(conv2d, conv2d.output(in: 0..<32, folding: norm))], LazyActivations(input),
      mode: .evaluation, output: &output)
    return output.elements
  }

  @Test("A folded norm gives what the convolution followed by the norm does")
  func folded() throws {
    for engine in [DirectEngine(), try OpenBLASEngine()] as [any ConvolutionEngine] {
      let (conv2d, norm) = layers(engine)
      let input = randomTensor(Shape(2, 6, 7, 16), seed: 5)
      let expected = norm.forward(
        conv2d.forward(input, mode: .evaluation), mode: .evaluation
      ).elements
      let output = forward(conv2d, folding: norm, input)
      let distance = zip(output, expected).reduce(0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
      let length = expected.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(distance.squareRoot() <= 1e-6 * length.squareRoot())
    }
  }

  @Test("Folded weights follow every change of the weight, the bias and the norm's state")
  func changes() {
    let (conv2d, norm) = layers()
    let input = randomTensor(Shape(1, 6, 7, 16), seed: 5)
    let changes: [() -> Void] =
      [{}] + (conv2d.parameters + norm.parameters).map { parameter in { parameter.value[3] += 1 } }
      + [norm.runningMean, norm.runningVariance].map { buffer in
        { buffer.contents = .numbers([Float](repeating: 2, count: 32)) }
      }
    var seen: Set<[Float]> = []
    for change in changes {
      change()
      seen.insert(forward(conv2d, folding: norm, input))
    }
    #expect(seen.count == changes.count)
  }

  @Test("Products and sums are rounded once")
  func rounding() {
    let weight = Parameter("weight", shape: [2, 1, 1, 1])
    let bias = Parameter("bias", shape: [2])
    let norm = BatchNorm("norm", channels: 2)
    weight.value = [0.1, -3]
    bias.value = [0.7, 0.2]
    norm.weight.value = [1.1, 0.9]
    norm.bias.value = [0.3, -0.4]
    norm.runningMean.contents = .numbers([0.5, 0.6])
    norm.runningVariance.contents = .numbers([2, 3])
    let weights = ConvolutionWeights(weight: weight, bias: bias, norm: norm)
    for c in 0..<2 {
      let variance = [2.0, 3.0][c] + norm.epsilon
      let scale = Double(norm.weight.value[c]) / variance.squareRoot()
      #expect(weights.weight[c] == Float(Double(weight.value[c]) * scale))
      let mean = Double([0.5, 0.6 as Float][c])
      let exact = Double(norm.bias.value[c]) + (Double(bias.value[c]) - mean) * scale
      #expect(weights.bias[c] == Float(exact))
    }
  }

  @Test(
    "Running statistics that are not finite reach the output", arguments: [Float.nan, .infinity])
  func notFinite(number: Float) {
    let (conv2d, norm) = layers()
    let input = randomTensor(Shape(1, 4, 4, 16), seed: 5)
    var mean = randomNumbers(32, seed: 8)
    mean[1] = number
    norm.runningMean.contents = .numbers(mean)
    var variance = [Float](repeating: 1, count: 32)
    variance[2] = number
    norm.runningVariance.contents = .numbers(variance)
    let output = forward(conv2d, folding: norm, input)
    let expected = norm.forward(
      conv2d.forward(input, mode: .evaluation), mode: .evaluation
    ).elements
    #expect(expected.contains { !$0.isFinite })
    for (y, expected) in zip(output, expected) {
      #expect(
        y.isNaN == expected.isNaN && (y.isInfinite ? y == expected : !expected.isInfinite))
    }
  }
}
