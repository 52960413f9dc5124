import Models
import Testing

@Suite("State naming")
struct StateNamingTests {
  @Test(
    "torchvision's parameter names map to the notebook's",
    arguments: [
      (StateNaming.torchvision1_0, "features.0.weight", "conv1.conv2d.weight"),
      (.torchvision1_0, "features.3.squeeze.bias", "fire2.squeeze.conv2d.bias"),
      (.torchvision1_0, "features.5.expand1x1.weight", "fire4.expand1x1.conv2d.weight"),
      (.torchvision1_0, "features.7.expand3x3.weight", "fire5.expand3x3.conv2d.weight"),
      (.torchvision1_0, "features.12.expand3x3.bias", "fire9.expand3x3.conv2d.bias"),
      (.torchvision1_0, "classifier.1.weight", "classifier.1.conv2d.weight"),
      (.torchvision1_1, "features.0.bias", "conv1.conv2d.bias"),
      (.torchvision1_1, "features.4.squeeze.weight", "fire3.squeeze.conv2d.weight"),
      (.torchvision1_1, "features.6.expand1x1.bias", "fire4.expand1x1.conv2d.bias"),
      (.torchvision1_1, "features.9.expand3x3.weight", "fire6.expand3x3.conv2d.weight"),
      (.torchvision1_1, "features.12.squeeze.bias", "fire9.squeeze.conv2d.bias"),
      (.torchvision1_1, "classifier.1.bias", "classifier.1.conv2d.bias"),
      (.notebook, "conv1.norm.running_mean", "conv1.norm.running_mean"),
      (.notebook, "fire8.bypass.conv2d.weight", "fire8.bypass.conv2d.weight"),
    ])
  func translation(naming: StateNaming, name: String, notebookName: String) {
    #expect(naming.notebookName(of: name) == notebookName)
  }

  @Test(
    "Unrelated parameter names are not mapped",
    arguments: [
      (StateNaming.torchvision1_0, "features.6.squeeze.weight"),
      (.torchvision1_1, "features.5.squeeze.weight"), (.torchvision1_0, "features.0.running_mean"),
      (.torchvision1_1, "conv1.conv2d.weight"), (.notebook, "features.0.weight"),
      (.notebook, "classifier.1.norm.weight"), (.notebook, "fire10.squeeze.conv2d.weight"),
      (.notebook, "conv1.conv2d"), (.notebook, ""),
    ])
  func unknown(naming: StateNaming, name: String) {
    #expect(naming.notebookName(of: name) == nil)
  }

  @Test("The naming scheme of a file is recognized from its names")
  func detection() throws {
    #expect(StateNaming.detect(in: ["conv1.conv2d.weight"]) == .notebook)
    let shared = ["features.0.weight", "features.3.squeeze.weight", "classifier.1.bias"]
    #expect(StateNaming.detect(in: shared + ["features.8.squeeze.bias"]) == .torchvision1_0)
    #expect(StateNaming.detect(in: shared + ["features.11.squeeze.bias"]) == .torchvision1_1)
    #expect(StateNaming.detect(in: ["layer1.0.conv1.weight"]) == nil)
    #expect(StateNaming.detect(in: [String]()) == nil)
  }

  @Test(
    "A torchvision file is renamed to the notebook's names and keeps metadata and unknown tensors")
  func renamedFile() {
    func entry(_ value: Float) -> SafeTensors.Entry { .init([value], shape: [1]) }
    let file = SafeTensors(
      tensors: [
        "features.0.weight": entry(1), "features.6.squeeze.bias": entry(2),
        "features.11.squeeze.bias": entry(3), "other": entry(4),
      ], metadata: ["source": "torchvision"])
    let expected = SafeTensors(
      tensors: [
        "conv1.conv2d.weight": entry(1), "fire4.squeeze.conv2d.bias": entry(2),
        "fire8.squeeze.conv2d.bias": entry(3), "other": entry(4),
      ], metadata: file.metadata)
    #expect(file.naming == .torchvision1_1)
    #expect(file.withNotebookNames() == expected)
    #expect(expected.withNotebookNames() == expected)
  }

  @Test("A tensor present under both naming schemes is not lost")
  func bothNames() {
    let file = SafeTensors(tensors: [
      "features.0.weight": .init([1] as [Float], shape: [1]),
      "features.6.squeeze.bias": .init([2] as [Float], shape: [1]),
      "conv1.conv2d.weight": .init([3] as [Float], shape: [1]),
    ])
    let renamed = file.withNotebookNames()
    #expect(
      renamed.tensors.keys.sorted() == [
        "conv1.conv2d.weight", "features.0.weight", "fire4.squeeze.conv2d.bias",
      ])
    #expect(renamed.tensors["conv1.conv2d.weight"]?.elements() == [Float(3)])
  }
}
