import Models
import NeuralNetwork
import Support
import TestSupport
import Testing

@Suite("SqueezeNet")
struct SqueezeNetTests {
  static func network(_ change: (inout SqueezeNet.Configuration) -> Void = { _ in }) -> SqueezeNet {
    var configuration = SqueezeNet.Configuration()
    change(&configuration)
    return SqueezeNet(configuration, engine: DirectEngine())
  }

  @Test("The notebook's network has 727,626 parameters, 733,514 with batch norm")
  func notebookParameters() {
    #expect(Self.network().parameterCount == 727_626)
    #expect(Self.network { $0.normalization = .batch }.parameterCount == 733_514)
  }

  @Test(
    "With 1,000 classes, SqueezeNet 1.0 has 1,248,424 parameters and 1.1 has 1,235,496",
    arguments: [(SqueezeNet.Variant.v1_0, 1_248_424), (.v1_1, 1_235_496)])
  func torchvisionParameters(variant: SqueezeNet.Variant, expected: Int) {
    var configuration = SqueezeNet.Configuration(variant: variant)
    configuration.classes = 1000
    #expect(SqueezeNet(configuration, engine: DirectEngine()).parameterCount == expected)
  }

  @Test("The simple bypass adds no parameters, the complex bypass adds four projections")
  func bypassParameters() {
    #expect(Self.network { $0.bypass = .none }.parameterCount == 727_626)
    let projections = [(64, 128), (128, 256), (256, 384), (384, 512)].map { $0.0 * $0.1 + $0.1 }
    #expect(
      Self.network { $0.bypass = .complex }.parameterCount
        == 727_626 + projections.reduce(0, +))
  }

  @Test("Every stage's output shape matches the notebook's table")
  func stageShapes() {
    var shape = Shape(1, 224, 224, 3)
    let shapes = Self.network().children.map { stage in
      shape = stage.layer.outputShape(for: shape)
      return "\(stage.name ?? "") \(shape.channels)x\(shape.height)x\(shape.width)"
    }
    #expect(
      shapes == [
        "conv1 64x111x111", "maxpool1 64x55x55", "fire2 128x55x55", "fire3 128x55x55",
        "fire4 256x55x55", "maxpool2 256x27x27", "fire5 256x27x27", "fire6 384x27x27",
        "fire7 384x27x27", "fire8 512x27x27", "maxpool3 512x13x13", "fire9 512x13x13",
        "dropout 512x13x13", "conv10 10x13x13", "relu 10x13x13", "avgpool 10x1x1",
      ])
  }

  @Test(
    "The notebook's network needs 592,873,152 multiply-adds at 224 px and 184,512,192 at 128 px")
  func multiplyAdds() {
    for (size, expected) in [(224, 592_873_152), (128, 184_512_192)] {
      #expect(Self.network().architecture(imageSize: size).multiplyAdds == expected)
    }
  }

  @Test("An image too small for the network is rejected with the stage whose output would be empty")
  func smallImages() throws {
    try Self.network().checkImageSize(17)
    #expect(
      throws: Failure(
        .usage, "image size 2 is too small: nothing is left of it after conv1")
    ) { try Self.network().checkImageSize(2) }
  }

  @Test("Initial weights depend on the seed; biases start at 0, batch norm scales at 1")
  func initialization() throws {
    let network = Self.network { $0.normalization = .batch }
    network.initialize(seed: 1)
    let first = network.parameters.map(\.value)
    network.initialize(seed: 1)
    #expect(network.parameters.map(\.value) == first)
    network.initialize(seed: 2)
    #expect(network.parameters[0].value != first[0])
    for parameter in network.parameters where parameter.shape.count == 1 {
      let expected: Float = parameter.name.hasSuffix("norm.weight") ? 1 : 0
      #expect(parameter.value.allSatisfy { $0 == expected }, "\(parameter.name)")
    }
  }

  @Test(
    "An image's logits have the same bits alone and in any batch", arguments: ["none", "batch"])
  func batchIndependence(normalization: String) throws {
    let network = Self.network { $0.normalization = normalization == "batch" ? .batch : .none }
    network.initialize(seed: 4)
    var stream = RandomStream(seed: 1, purpose: .shuffle)
    let shape = Shape(9, 40, 40, 3)
    let images = Tensor(
      shape: shape, elements: (0..<shape.elements).map { _ in Float(stream.normalPair().0) })
    let together = network.forward(images, mode: .evaluation).elements
    for n in [0, 4, 8] {
      let alone = Tensor(
        shape: Shape(1, 40, 40, 3),
        elements: Array(images.elements[n * shape.imageSize..<(n + 1) * shape.imageSize]))
      #expect(
        network.forward(alone, mode: .evaluation).elements
          == Array(together[n * 10..<(n + 1) * 10]))
    }
  }

  @Test("Loss, gradients and running statistics have the same bits for any number of threads")
  func threads() {
    func bits(threads: Int) -> [[Float]] {
      let before = Parallel.threads
      defer { Parallel.threads = before }
      Parallel.threads = threads
      let network = Self.network {
        $0.normalization = .batch
        $0.dropoutRate = 0.5
      }
      network.initialize(seed: 4)
      var stream = RandomStream(seed: 1, purpose: .shuffle)
      let shape = Shape(7, 47, 47, 3)
      let images = Tensor(
        shape: shape, elements: (0..<shape.elements).map { _ in Float(stream.normalPair().0) })
      let draws = Draws(seed: 1, epoch: 1, samples: Array(0..<7))
      let logits = network.forward(images, mode: .training(draws))
      let loss = softmaxCrossEntropy(logits: logits, labels: [0, 1, 2, 3, 4, 5, 6])
      network.backward(loss.gradient)
      let statistics = network.buffers.map { buffer -> [Float] in
        if case .numbers(let numbers) = buffer.contents { numbers } else { [] }
      }
      return [logits.elements] + network.parameters.map(\.gradient) + statistics
    }
    let one = bits(threads: 1)
    #expect(one[0].contains { $0 != 0 })
    for threads in [2, 3, 7] { #expect(bits(threads: threads) == one) }
  }

  @Test("Training on a single batch drives its loss towards zero", arguments: [0.0, 0.2])
  func overfitting(dropoutRate: Double) {
    let network = Self.network {
      $0.normalization = .batch
      $0.dropoutRate = dropoutRate
      // A ReLU behind the logits may silence a class for good.
      $0.hasFinalReLU = false
    }
    network.initialize(seed: 1)
    var optimizer = SGD(network.parameters, momentum: 0.9, weightDecay: 0)
    var stream = RandomStream(seed: 2, purpose: .shuffle)
    let shape = Shape(10, 32, 32, 3)
    let images = Tensor(
      shape: shape, elements: (0..<shape.elements).map { _ in Float(stream.normalPair().0) })
    let labels = Array(0..<10)
    var loss = Double.infinity
    for step in 1...60 {
      let draws = Draws(seed: 1, epoch: step, samples: labels)
      let result = softmaxCrossEntropy(
        logits: network.forward(images, mode: .training(draws)), labels: labels)
      loss = result.mean
      for parameter in network.parameters { parameter.clearGradient() }
      network.backward(result.gradient)
      optimizer.step(learningRate: 0.01)
    }
    #expect(loss < 0.05)
  }
}
