import Models
import NeuralNetwork
import Support
import TestSupport
import Testing

@Suite("Replicas on several threads")
struct DataParallelTests {
  private func network(_ normalization: Normalization, seed: UInt64) -> SqueezeNet {
    var configuration = SqueezeNet.Configuration()
    configuration.normalization = normalization
    let network = SqueezeNet(configuration, engine: DirectEngine())
    network.initialize(seed: seed)
    return network
  }

  @Test(
    "Logits follow every change of the weights: a step, a file, a new initialization",
    arguments: Normalization.allCases)
  func changes(normalization: Normalization) throws {
    let before = Parallel.threads
    defer { Parallel.threads = before }
    Parallel.threads = 3
    let network = network(normalization, seed: 1)
    let images = randomTensor(Shape(5, 40, 40, 3), seed: 1)
    let other = self.network(normalization, seed: 2).state(imageSize: 40, classNames: [])
    var optimizer = SGD(network.parameters, momentum: 0.9, weightDecay: 0)
    let changes: [() throws -> Void] = [
      {},
      {
        let draws = Draws(seed: 1, epoch: 1, samples: Array(0..<5))
        _ = network.lossWithGradients(images: images, labels: [0, 1, 2, 3, 4], draws: draws)
        optimizer.step(learningRate: 0.01)
      },
      { try network.load(other, path: "file") },
      { network.initialize(seed: 3) },
    ]
    var seen: Set<[Float]> = []
    for change in changes {
      try change()
      let logits = network.logits(of: images).elements
      #expect(logits == network.forward(images, mode: .evaluation).elements)
      seen.insert(logits)
    }
    #expect(seen.count == changes.count)
  }

  @Test(
    "Logits depend on no other image of a batch, and not on the number of threads",
    arguments: Normalization.allCases)
  func independence(normalization: Normalization) {
    let before = Parallel.threads
    defer { Parallel.threads = before }
    let network = network(normalization, seed: 1)
    let images = randomTensor(Shape(19, 40, 40, 3), seed: 1)
    let draws = Draws(seed: 1, epoch: 1, samples: Array(0..<19))
    _ = network.lossWithGradients(
      images: images, labels: [Int](repeating: 3, count: 19), draws: draws)
    let alone = (0..<19).flatMap { network.logits(of: images.images($0..<$0 + 1)).elements }
    for threads in [1, 2, 3] {
      Parallel.threads = threads
      #expect(network.logits(of: images).elements == alone)
    }
  }
}
