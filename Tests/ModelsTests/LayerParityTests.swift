import Models
import NeuralNetwork
import TestSupport
import Testing

/// Every layer against PyTorch's, forward and backward.
///
/// Single precision rounds to 6e-8; sums of a few hundred products in another order stay within
/// 1e-6 of each other.
@Suite("Layers against PyTorch")
struct LayerParityTests {
  @Test("Convolution equals PyTorch's, forward and backward, with both engines")
  func convolution() throws {
    for engine in Fixtures.engines {
      for fixture in try Fixtures.cases("layers/convolution") {
        let shape = try fixture.entry("weight").shape
        let geometry = try fixture.integers("geometry")
        let layer = Conv2D(
          "conv",
          Convolution(
            inputChannels: shape[1], outputChannels: shape[0], kernelSize: geometry[0],
            stride: geometry[1], padding: geometry[2]),
          engine: engine)
        layer.weight.value = try fixture.floats("weight")
        layer.bias.value = try fixture.floats("bias")
        let input = try fixture.activations("input")
        let output = layer.forward(input, mode: training(input.shape.count))
        let inputGradient = layer.backward(try fixture.activations("output_gradient"))
        try fixture.expectParity(output, "output", bound: 1e-6)
        try fixture.expectParity(inputGradient, "input_gradient", bound: 1e-6)
        try fixture.expectParity(layer.weight.gradient, "weight_gradient", bound: 1e-6)
        try fixture.expectParity(layer.bias.gradient, "bias_gradient", bound: 1e-6)
      }
    }
  }

  private func batchNorm(_ fixture: FixtureCase) throws -> BatchNorm {
    let layer = BatchNorm("norm", channels: try fixture.entry("weight").shape[0])
    layer.weight.value = try fixture.floats("weight")
    layer.bias.value = try fixture.floats("bias")
    layer.runningMean.contents = .numbers(try fixture.floats("running_mean"))
    layer.runningVariance.contents = .numbers(try fixture.floats("running_var"))
    return layer
  }

  @Test("Batch norm in training mode equals PyTorch's, forward and backward")
  func batchNormTraining() throws {
    for fixture in try Fixtures.cases("layers/batch_norm")
    where fixture.name.hasPrefix("training") {
      let layer = try batchNorm(fixture)
      let input = try fixture.activations("input")
      let output = layer.forward(input, mode: training(input.shape.count))
      let inputGradient = layer.backward(try fixture.activations("output_gradient"))
      try fixture.expectParity(output, "output", bound: 1e-6)
      try fixture.expectParity(inputGradient, "input_gradient", bound: 2e-6)
      try fixture.expectParity(layer.weight.gradient, "weight_gradient", bound: 2e-6)
      try fixture.expectParity(layer.bias.gradient, "bias_gradient", bound: 1e-6)
      guard case .numbers(let mean) = layer.runningMean.contents,
        case .numbers(let variance) = layer.runningVariance.contents
      else {
        Issue.record("running statistics are numbers")
        return
      }
      try fixture.expectParity(mean, "running_mean_after", bound: 1e-6)
      try fixture.expectParity(variance, "running_var_after", bound: 1e-6)
      #expect(layer.batchesTracked.contents == .count(1))
    }
  }

  @Test(
    "Batch norm in evaluation mode equals PyTorch's and leaves the running statistics unchanged")
  func batchNormEvaluation() throws {
    for fixture in try Fixtures.cases("layers/batch_norm")
    where fixture.name.hasPrefix("evaluation") {
      let layer = try batchNorm(fixture)
      let output = layer.forward(try fixture.activations("input"), mode: .evaluation)
      try fixture.expectParity(output, "output", bound: 1e-6)
      #expect(layer.runningMean.contents == .numbers(try fixture.floats("running_mean_after")))
      #expect(layer.runningVariance.contents == .numbers(try fixture.floats("running_var_after")))
      #expect(layer.batchesTracked.contents == .count(0))
    }
  }

  @Test("ReLU equals PyTorch's, including zeros, infinities and NaN")
  func relu() throws {
    for fixture in try Fixtures.cases("layers/relu") {
      let layer = ReLU()
      let input = try fixture.activations("input")
      try fixture.expectEqual(layer.forward(input, mode: training(input.shape.count)), "output")
      let gradient = layer.backward(try fixture.activations("output_gradient"))
      try fixture.expectEqual(gradient, "input_gradient")
    }
  }

  @Test("Max pooling equals PyTorch's, including ties, NaN and both ceil modes")
  func maxPool() throws {
    for fixture in try Fixtures.cases("layers/max_pool") {
      let layer = MaxPool2D(
        kernelSize: 3, stride: 2, ceilMode: fixture.name.hasPrefix("ceil."))
      let input = try fixture.activations("input")
      try fixture.expectEqual(layer.forward(input, mode: training(input.shape.count)), "output")
      let gradient = layer.backward(try fixture.activations("output_gradient"))
      try fixture.expectEqual(gradient, "input_gradient")
    }
  }

  @Test("Global average pooling equals PyTorch's, forward and backward")
  func averagePool() throws {
    for fixture in try Fixtures.cases("layers/average_pool") {
      let layer = GlobalAveragePool2D()
      let input = try fixture.activations("input")
      let output = layer.forward(input, mode: training(input.shape.count))
      try fixture.expectParity(output, "output", bound: 1e-6)
      let gradient = layer.backward(try fixture.activations("output_gradient"))
      try fixture.expectParity(gradient, "input_gradient", bound: 1e-6)
    }
  }

  @Test("Dropout scales the values it keeps as PyTorch does")
  func dropout() throws {
    for fixture in try Fixtures.cases("layers/dropout") {
      // The draws are ours, so only the values of the factors can be compared.
      let shape = Shape(4, 8, 8, 16)
      let ours = Dropout.factors(
        rate: try fixture.number("rate"), shape: shape,
        draws: Draws(seed: 0, epoch: 1, samples: [0, 1, 2, 3]))
      #expect(Set(ours.elements) == Set(try fixture.floats("noise")), "\(fixture.name)")
    }
  }

  @Test("Cross entropy and its gradient equal PyTorch's, including large logits and ties")
  func crossEntropy() throws {
    for fixture in try Fixtures.cases("layers/cross_entropy", having: "loss") {
      let loss = softmaxCrossEntropy(
        logits: try fixture.activations("logits"), labels: try fixture.integers("labels"))
      try fixture.expectParity([Float(loss.mean)], "loss", bound: 1e-6)
      try fixture.expectParity(loss.gradient, "logits_gradient", bound: 1e-6)
    }
  }
}
