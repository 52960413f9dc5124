import Models
import NeuralNetwork
import Testing

@Suite("Memory of a training")
struct TrainingMemoryTests {
  func bytes(_ norm: Normalization, batch: Int, size: Int = 64, threads: Int = 1) -> Int {
    SqueezeNetTests.network { $0.normalization = norm }
      .trainingMemory(batch: batch, imageSize: size, threads: threads)
  }

  @Test("With batch norm every image of a batch adds what its layers keep")
  func wholeBatch() {
    // Of 64 px: convolutions, pools and bypasses, in numbers; the later ones are gone when the
    // gradients of the first come, and the peak lies between. Batches so large that the sums of
    // gradients do not decide where it lies.
    let image = (bytes(.batch, batch: 2048) - bytes(.batch, batch: 1024)) / 1024
    let kept = SqueezeNetTests.network { $0.normalization = .batch }.architecture(imageSize: 64)
      .filter { ["Conv2d", "MaxPool2d", "Addition"].contains($0.type) }
      .reduce(0) { $0 + $1.outputShape.elements }
    #expect(image > 4 * kept)
    #expect(image < 8 * kept)
  }

  @Test("Without it every thread has an image, and a batch adds its sums of gradients at most")
  func imageByImage() {
    let one = bytes(.none, batch: 1), many = bytes(.none, batch: 1024)
    #expect(many - one == 15 * 727_626 * 4)
    #expect(bytes(.none, batch: 4096) == many)
    #expect(bytes(.none, batch: 64, threads: 3) > bytes(.none, batch: 64, threads: 2))
  }

  @Test("Larger images need more, in proportion to their pixels")
  func imageSize() {
    let ratio =
      Double(bytes(.batch, batch: 64, size: 224)) / Double(bytes(.batch, batch: 64, size: 112))
    #expect((3.5...4.5).contains(ratio))
  }
}
