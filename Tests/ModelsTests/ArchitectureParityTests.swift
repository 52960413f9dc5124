import Models
import NeuralNetwork
import Support
import TestSupport
import Testing

/// Shapes and parameter counts against torchinfo's tables of the PyTorch networks.
@Suite("Architecture against torchinfo")
struct ArchitectureParityTests {
  private typealias Configuration = SqueezeNet.Configuration

  /// The architecture's name of the layer that a weight belongs to.
  private func describedName(_ weight: String) -> String {
    let name = String(weight.dropLast(".weight".count))
    return name == "classifier.1.conv2d" ? "conv10" : name
  }

  @Test(
    "Parameters, multiply-adds and shapes equal torchinfo's for every variant",
    arguments: [
      ("notebook-no-norm-224", Configuration(.notebook, .simple, .none), 224),
      ("notebook-norm-224", Configuration(.notebook, .simple, .batch), 224),
      ("notebook-no-norm-128", Configuration(.notebook, .simple, .none), 128),
      ("notebook-norm-128", Configuration(.notebook, .simple, .batch), 128),
      ("notebook-no-norm-complex-224", Configuration(.notebook, .complex, .none), 224),
      ("notebook-norm-complex-224", Configuration(.notebook, .complex, .batch), 224),
      ("torchvision-1_0-224", Configuration(.v1_0, .none, .none, classes: 1000), 224),
      ("torchvision-1_1-224", Configuration(.v1_1, .none, .none, classes: 1000), 224),
    ])
  func layers(name: String, configuration: SqueezeNet.Configuration, size: Int) throws {
    let network = SqueezeNet(configuration, engine: Fixtures.engines[0])
    let path = Fixtures.path("architecture/\(name).csv")
    let table = try Table(parsing: try Files.readText(path), name: path)
    let names = try #require(table["name"])
    let types = try #require(table["type"])
    let counts = try #require(table.numbers("parameters"))
    let isNamed = { (row: Int) in types[row] == "Conv2d" || types[row] == "BatchNorm2d" }
    let rows = Array(names.indices)
    let naming = try #require(
      StateNaming.detect(in: rows.filter(isNamed).map { names[$0] + ".weight" }))

    for row in rows.filter(isNamed) {
      let weight = try #require(naming.notebookName(of: names[row] + ".weight"))
      let layer = weight.dropLast("weight".count)
      let count = network.parameters.filter { $0.name.hasPrefix(layer) }
        .reduce(0) { $0 + $1.value.count }
      #expect(Double(count) == counts[row], "\(weight)")
    }
    let theirTotal = try #require(table["multiply_adds"]?.last.flatMap { Double($0) })
    let architecture = network.architecture(imageSize: size)
    #expect(Double(architecture.multiplyAddsWithBias) == theirTotal)
    let layers = architecture.leaves
    for row in rows.filter(isNamed) {
      let weight = try #require(naming.notebookName(of: names[row] + ".weight"))
      let layer = try #require(layers.first { $0.name == describedName(weight) }, "\(weight)")
      #expect("\(layer.multiplyAddsWithBias)" == table["multiply_adds"]?[row], "\(weight)")
    }
    #expect(names.last == "total")
    #expect(Double(network.parameterCount) == counts.last)

    let shapes = architecture.children
      .filter { $0.name.hasPrefix("fire") || $0.name.contains("pool") }.map(\.outputShape)
      .map { "\($0.channels),\($0.height),\($0.width)" }
    let stages = rows.filter { types[$0] == "Fire" || types[$0].contains("Pool") }
    let theirs = try stages.map { row in
      try ["channels", "height", "width"].map { try #require(table[$0])[row] }
        .joined(separator: ",")
    }
    #expect(shapes == theirs)
  }
}
