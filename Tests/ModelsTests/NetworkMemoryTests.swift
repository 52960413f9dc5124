import Models
import NeuralNetwork
import Testing

@Suite("Network memory")
struct NetworkMemoryTests {
  func bytes(_ norm: Normalization, batch: Int, size: Int = 64, threads: Int = 1) -> Int {
    SqueezeNetTests.network { $0.normalization = norm }
      .trainingMemory(batch: batch, imageSize: size, threads: threads)
  }

  @Test("With batch norm, training memory grows by each image's stored activations")
  func wholeBatch() {
    // Of 64 px: convolutions, pools and bypasses, in numbers; the later ones are gone when the
    // gradients of the first come, and the peak lies between. Batches so large that the sums of
    // gradients do not decide where it lies.
    let image = (bytes(.batch, batch: 2048) - bytes(.batch, batch: 1024)) / 1024
    let kept = SqueezeNetTests.network { $0.normalization = .batch }.architecture(imageSize: 64)
      .leaves.filter { ["Conv2d", "MaxPool2d", "Addition"].contains($0.kind.type) }
      .reduce(0) { $0 + $1.outputShape.elements }
    #expect(image > 4 * kept)
    #expect(image < 8 * kept)
  }

  @Test(
    "Without batch norm, training memory grows with the threads, with the batch only by its gradient sums"
  )
  func imageByImage() {
    // Four times as many blocks are a tree with two more levels, each of which may hold the gradients
    // of all weights; those of conv10 have 16 outputs instead of 10.
    let many = bytes(.none, batch: 1024)
    #expect(bytes(.none, batch: 4096) - many == 2 * (727_626 + 512 * 6) * 4)
    #expect(many < 8 * bytes(.none, batch: 4))
    #expect(bytes(.none, batch: 64, threads: 3) > bytes(.none, batch: 64, threads: 2))
  }

  @Test("Training memory is proportional to the number of pixels")
  func imageSize() {
    let ratio =
      Double(bytes(.batch, batch: 64, size: 224)) / Double(bytes(.batch, batch: 64, size: 112))
    #expect((3.5...4.5).contains(ratio))
  }

  @Test("Evaluation needs one layer's input and output per thread")
  func evaluation() {
    let network = SqueezeNetTests.network { $0.variant = .v1_0 }
    // conv1, 7 × 7 with stride 2, takes 224 × 224 × 3 to 109 × 109 × 96; the pool after it reads
    // that, notes a byte for each of its 54 × 54 × 96 maxima, and is the largest.
    let pool = 109 * 109 * 96 + 54 * 54 * 96 + 54 * 54 * 96 / 4
    #expect(network.evaluationMemory(batch: 64, imageSize: 224, threads: 1) == 4 * pool)
    #expect(network.evaluationMemory(batch: 2, imageSize: 224, threads: 8) == 4 * 2 * pool)
    // Small images go through the network together.
    func small(_ batch: Int, threads: Int = 1) -> Int {
      network.evaluationMemory(batch: batch, imageSize: 64, threads: threads)
    }
    #expect(small(4) == 4 * small(1) && small(100) == 8 * small(1))
    #expect(small(9, threads: 4) == 2 * small(8))
  }

  @Test("The direct engine needs memory for gradient sums, OpenBLAS for materialized inputs")
  func engines() throws {
    let convolution = Convolution(
      inputChannels: 16, outputChannels: 64, kernelSize: 1, stride: 1, padding: 0)
    let input = Shape(32, 10, 10, 16)
    let direct = DirectEngine().backwardMemory([convolution], input: input, threads: 2)
    // 16 weights and a bias for every output: in total, for each thread's block, and for five more of 8
    // blocks whose neighbors are missing.
    #expect(direct.kept == 17 * 64)
    #expect(direct.passing == 2 * 10 * 10 * (16 + 64) + (2 + 5) * 17 * 64)
    let openBLAS = try OpenBLASEngine().backwardMemory([convolution], input: input, threads: 2)
    #expect(openBLAS.kept == 0)
    #expect(openBLAS.passing == 32 * 10 * 10 * (16 + 64) + 8 * 16 * 64 + 2 * 65_536)
  }

  @Test(
    "A training step frees everything it allocates", arguments: SqueezeNet.Bypass.allCases,
    [0, 0.5])
  func balance(bypass: SqueezeNet.Bypass, dropoutRate: Double) throws {
    var configuration = SqueezeNet.Configuration(.notebook, bypass, .batch)
    configuration.dropoutRate = dropoutRate
    // OpenBLAS keeps no sums, and images need no gradient.
    let network = try SqueezeNet(configuration, engine: OpenBLASEngine())
    let images = Shape(3, 64, 64, 3)
    let memory = network.memory(for: images, threads: 2)
    let logits = network.outputShape(for: images).elements
    #expect(memory.forward.reduce(0, +) + logits + memory.backward.reduce(0, +) == 0)
  }
}
