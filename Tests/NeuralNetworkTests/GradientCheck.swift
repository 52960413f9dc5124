import NeuralNetwork
import TestSupport
import Testing

/// Compares `backward` with central differences of `forward`, for the input and every parameter.
///
/// The loss is a random weighting of the output, summed in double precision. Differences of a
/// single-precision function are good to about ε |loss| / step, and to step² times its third
/// derivative; `tolerance` is relative to the largest element of the gradient.
func expectGradientsToMatchDifferences(
  of layer: some Layer, input: Tensor, step: Float = 1e-2, tolerance: Double = 5e-3,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let mode = training(input.shape.count)
  let output = layer.forward(input, mode: mode)
  #expect(output.shape == layer.outputShape(for: input.shape), sourceLocation: sourceLocation)
  let weighting = randomTensor(output.shape, seed: 99)
  let inputGradient = layer.backward(weighting)
  let gradients = layer.parameters.map(\.gradient)

  func loss(_ input: Tensor) -> Double {
    let output = layer.forward(input, mode: mode)
    return zip(output.elements, weighting.elements).reduce(0) {
      $0 + Double($1.0) * Double($1.1)
    }
  }
  func compare(_ gradient: [Float], _ name: String, change: (Int, Float) -> Double) {
    let scale = gradient.map { Double(abs($0)) }.max() ?? 0
    // At most about sixty elements, spread over the array.
    for i in stride(from: 0, to: gradient.count, by: max(1, gradient.count / 60)) {
      let difference = (change(i, step) - change(i, -step)) / Double(2 * step)
      let error = abs(difference - Double(gradient[i]))
      #expect(
        error <= tolerance * max(scale, 1e-3),
        "\(name)[\(i)]: backward gives \(gradient[i]), differences \(difference)",
        sourceLocation: sourceLocation)
    }
  }
  let elements = input.elements
  compare(inputGradient.elements, "input") { i, change in
    var changed = elements
    changed[i] += change
    return loss(Tensor(shape: input.shape, elements: changed))
  }
  for (parameter, gradient) in zip(layer.parameters, gradients) {
    compare(gradient, parameter.name) { i, change in
      let value = parameter.value
      defer { parameter.value = value }
      parameter.value[i] += change
      return loss(input)
    }
  }
}
