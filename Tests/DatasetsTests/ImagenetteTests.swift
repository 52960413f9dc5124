import Datasets
import Foundation
import Support
import Testing

@Suite("Imagenette") struct ImagenetteTests {
  /// The folder that the environment variable names, else one beside the package.
  static let path =
    ProcessInfo.processInfo.environment["IMAGENETTE"]
    ?? URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared/datasets/imagenette2-224").path

  @Test(
    "The real data set has its counts, classes and order",
    .enabled(if: Files.isFolder(path), "needs Imagenette; set IMAGENETTE to its folder"))
  func isComplete() throws {
    let folder = try ImageFolder(at: Self.path)
    #expect(folder.classes.count == 10)
    #expect(folder.classes[0].name == "tench")
    #expect(folder.classes[9].name == "parachute")
    #expect(folder.samples(.training).count == 9_469)
    #expect(folder.samples(.validation).count == 3_925)
    let validation = try folder.load(.validation, limit: 64)
    let transform = ValidationTransform(TransformSizes(crop: 128))
    #expect(validation.images.allSatisfy { transform.apply(to: $0).width == 128 })
  }
}
