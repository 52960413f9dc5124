import Datasets
import Foundation
import Support
import TestSupport
import Testing

@Suite("Demo data", .temporaryFolder)
struct DemoDataTests {
  private let path = TemporaryFolder.path

  @Test("Demo data have the same bytes for the same seed on every machine")
  func isDeterministic() throws {
    try DemoData.write(to: "\(path)/demo")
    let folder = try ImageFolder(at: "\(path)/demo")
    let fingerprint = Dataset.fingerprint(of: [
      try folder.load(.training), try folder.load(.validation),
    ])
    #expect(
      fingerprint == "045894977aa90522cc15f46e15e287d7ab5d4681e1df899d93871c7fc2970e58")
  }

  @Test("Demo data have ten named classes with equally many images each")
  func isBalanced() throws {
    try DemoData.write(to: "\(path)/demo")
    let folder = try ImageFolder(at: "\(path)/demo")
    #expect(folder.classes == DemoData.classes)
    #expect(folder.classes.map(\.name).contains("half disc"))
    for (split, count) in [(Split.training, 100), (.validation, 50)] {
      let labels = folder.samples(split).map(\.label)
      #expect((0..<10).allSatisfy { label in labels.count { $0 == label } == count })
    }
  }

  @Test("A demo image depends on seed, split and index, its class on the index alone")
  func drawsByName() {
    let image = DemoData.image(.training, index: 3, seed: 1)
    #expect(image == DemoData.image(.training, index: 3, seed: 1))
    #expect(image != DemoData.image(.training, index: 3, seed: 2))
    #expect(image != DemoData.image(.training, index: 13, seed: 1))
    #expect(image != DemoData.image(.validation, index: 3, seed: 1))
    #expect(image.size.shortSide == 80)
  }

  @Test("Writing demo data keeps a complete folder and replaces an incomplete or different one")
  func reuses() throws {
    let demo = "\(path)/above/demo"
    try DemoData.write(to: demo)
    let file = "\(demo)/train/bars/bars_000.JPEG"
    let original = try Files.read(file)
    try Files.write("mark", to: file)
    try DemoData.write(to: demo)
    #expect(try Files.readText(file) == "mark")

    try FileManager.default.removeItem(atPath: "\(demo)/val/cross/cross_007.JPEG")
    try DemoData.write(to: demo)
    #expect(try Files.read(file) == original)

    try DemoData.write(to: demo, seed: 8)
    #expect(try Files.read(file) != original)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/above") == ["demo"])
  }

  @Test("Processes that need demo data at once draw them once")
  func atOnce() throws {
    DispatchQueue.concurrentPerform(iterations: 3) { _ in
      #expect(throws: Never.self) { try DemoData.write(to: "\(path)/above/demo") }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(path)/above") == ["demo"])
    #expect(try ImageFolder(at: "\(path)/above/demo").samples(.training).count == 1_000)
  }

  @Test("Writing demo data refuses a folder with other contents")
  func refusesForeignFolders() throws {
    try Files.write("mine", to: "\(path)/notes.txt")
    let failure = #expect(throws: Failure.self) { try DemoData.write(to: path) }
    #expect(failure?.code == .cannotCreate)
    #expect(try Files.readText("\(path)/notes.txt") == "mine")
  }

  @Test("Writing demo data fills an empty folder")
  func fillsEmptyFolders() throws {
    try DemoData.write(to: path)
    #expect(try ImageFolder(at: path).classes.count == 10)
  }

  @Test("The memory of demo images is known before they are drawn")
  func imageBytes() {
    let image = DemoData.image(.validation, index: 3, seed: 0)
    #expect(DemoData.imageBytes(.validation, limit: 1) == image.pixels.count)
    #expect(DemoData.imageBytes(.validation) == 500 * image.pixels.count)
    #expect(DemoData.imageBytes(.training, limit: 5_000) == 1_000 * image.pixels.count)
  }
}
