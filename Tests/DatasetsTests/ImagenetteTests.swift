import Datasets
import TestSupport
import Testing

@Suite("Imagenette")
struct ImagenetteTests {
  @Test(
    "Imagenette has its known classes in order and its known image counts",
    .enabled(if: imagenetteFolder != nil, imagenetteIsMissing))
  func isComplete() throws {
    let folder = try ImageFolder(at: #require(imagenetteFolder))
    #expect(folder.classes.count == 10)
    #expect(folder.classes[0].name == "tench")
    #expect(folder.classes[9].name == "parachute")
    #expect(folder.samples(.training).count == 9_469)
    #expect(folder.samples(.validation).count == 3_925)
    let validation = try folder.load(.validation, limit: 64)
    let transform = ValidationTransform(TransformSizes(crop: 128))
    let crop = ImageSize(width: 128, height: 128)
    #expect(
      validation.images.allSatisfy { $0.warped(by: transform.warp(of: $0.size)).size == crop })
  }
}
