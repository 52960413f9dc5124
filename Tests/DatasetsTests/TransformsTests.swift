import Datasets
import NeuralNetwork
import Support
import TestSupport
import Testing

@Suite("Transforms")
struct TransformsTests {
  @Test("The training transform equals torchvision's, pixels to the byte and tensors to the bit")
  func transformsLikeTorchvision() throws {
    for row in try Fixtures.table("transformed.csv").rows {
      let resize = try Fixtures.integer(row[1])
      let crop = try Fixtures.integer(row[5])
      let transform = TrainingTransform(resizeSizes: [resize], crop: crop)
      let draws = TrainingTransform.Draws(
        resize: resize, degrees: try Fixtures.number(row[2]), top: try Fixtures.integer(row[3]),
        left: try Fixtures.integer(row[4]), isMirrored: row[6] == "1")
      let whole = try Fixtures.image(row[0])
      let image = whole.warped(by: transform.warp(draws, of: whole.size))
      #expect(image.sha256 == row[7], "\(row)")
      let numbers = Imagenette.normalization.tensor(of: image).withElements {
        SHA256.hash(UnsafeRawBufferPointer($0))
      }
      #expect(numbers == row[8], "\(row)")
    }
  }

  @Test(
    "Resize sizes scale with the crop",
    arguments: [
      (224, [256, 296, 384], 256), (128, [146, 169, 219], 146), (64, [73, 85, 110], 73),
    ])
  func scalesSizes(crop: Int, training: [Int], validation: Int) {
    let sizes = TransformSizes(crop: crop)
    #expect(sizes.training == training)
    #expect(sizes.validation == validation)
  }

  @Test("No resize size is smaller than its crop", arguments: 1...300)
  func coversCrop(crop: Int) {
    _ = TrainingTransform(TransformSizes(crop: crop))
    #expect(TransformSizes(crop: crop).validation >= crop)
  }

  @Test("The training transform's draws are uniform within their ranges")
  func drawsUniformly() {
    let transform = TrainingTransform(TransformSizes(crop: 64))
    let size = ImageSize(width: 96, height: 80)
    let count = 30_000
    var resizes: [Int: Int] = [:]
    var mirrored = 0
    var angles = [Int](repeating: 0, count: 10)
    var tops = [Int](repeating: 0, count: 110 - 64 + 1)
    for sample in 0..<count {
      var stream = RandomStream(seed: 3, purpose: .augmentation, epoch: 1, sample: sample)
      let draws = transform.draw(for: size, using: &stream)
      resizes[draws.resize, default: 0] += 1
      mirrored += draws.isMirrored ? 1 : 0
      angles[Int((draws.degrees + 10) / 2)] += 1
      let resized = size.resized(shortSide: draws.resize)
      #expect((0...resized.height - 64).contains(draws.top))
      #expect((0...resized.width - 64).contains(draws.left))
      if draws.resize == 110 { tops[draws.top] += 1 }
    }
    // Four standard deviations of a binomial count.
    func isLikely(_ hits: Int, of trials: Int, _ probability: Double) -> Bool {
      let expected = Double(trials) * probability
      return abs(Double(hits) - expected) < 4 * (expected * (1 - probability)).squareRoot()
    }
    #expect(Set(resizes.keys) == [73, 85, 110])
    #expect(resizes.values.allSatisfy { isLikely($0, of: count, 1 / 3) })
    #expect(isLikely(mirrored, of: count, 0.5))
    #expect(angles.allSatisfy { isLikely($0, of: count, 0.1) })
    let trials = resizes[110, default: 0]
    #expect(tops.allSatisfy { isLikely($0, of: trials, 1 / 47) })
  }

  @Test("The training transform's draws depend only on seed, epoch and sample")
  func drawsByName() {
    let transform = TrainingTransform(TransformSizes(crop: 64))
    let size = ImageSize(width: 96, height: 80)
    func draw(seed: UInt64, epoch: Int, sample: Int) -> TrainingTransform.Draws {
      var stream = RandomStream(seed: seed, purpose: .augmentation, epoch: epoch, sample: sample)
      return transform.draw(for: size, using: &stream)
    }
    let draws = draw(seed: 1, epoch: 2, sample: 3)
    #expect(draws == draw(seed: 1, epoch: 2, sample: 3))
    #expect(draws != draw(seed: 2, epoch: 2, sample: 3))
    #expect(draws != draw(seed: 1, epoch: 3, sample: 3))
    #expect(draws != draw(seed: 1, epoch: 2, sample: 4))
  }

  @Test("Without augmentation, training images use the validation transform")
  func augmentsOnlyWhenAsked() {
    let sizes = TransformSizes(crop: 128)
    #expect(Transform(.none, sizes) == .validation(ValidationTransform(sizes)))
    #expect(Transform(.notebook, sizes) == .training(TrainingTransform(sizes)))
    #expect(Augmentation.allCases.map(\.rawValue) == ["notebook", "none"])
  }

  @Test("The validation transform crops the center")
  func validates() {
    let whole = Image.coordinates(width: 14, height: 10)
    let image = whole.warped(by: ValidationTransform(resize: 10, crop: 8).warp(of: whole.size))
    #expect(image.size == ImageSize(width: 8, height: 8))
    #expect(image.pixels.prefix(3) == [3, 1, 4])
  }
}
