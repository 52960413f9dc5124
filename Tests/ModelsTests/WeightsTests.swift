import Models
import NeuralNetwork
import Support
import Testing

@Suite("Weights")
struct WeightsTests {
  static let configurations: [SqueezeNet.Configuration] = SqueezeNet.Variant.allCases.flatMap {
    variant in
    SqueezeNet.Bypass.allCases.flatMap { bypass in
      Normalization.allCases.map { normalization in
        var configuration = SqueezeNet.Configuration(variant: variant)
        configuration.bypass = bypass
        configuration.normalization = normalization
        configuration.classes = 7
        return configuration
      }
    }
  }

  static let names = ["one", "two, too", "three \"3\"", "4", "5", "6", "7"]

  func network(_ configuration: SqueezeNet.Configuration, seed: UInt64) -> SqueezeNet {
    let network = SqueezeNet(configuration, engine: DirectEngine())
    network.initialize(seed: seed)
    return network
  }

  @Test(
    "A weights file names its network's variant and restores its state", arguments: configurations)
  func roundTrip(configuration: SqueezeNet.Configuration) throws {
    let network = network(configuration, seed: 1)
    if case .numbers(let numbers)? = network.buffers.first?.contents {
      network.buffers[0].contents = .numbers(numbers.map { _ in 3 })
    }
    let bytes = network.state(imageSize: 96, classNames: Self.names).encoded()
    let file = try SafeTensors(parsing: bytes, name: "m")
    #expect(SqueezeNet.Configuration(describing: file) == configuration)
    #expect(file.imageSize == 96)
    #expect(file.classNames == Self.names)
    let other = self.network(configuration, seed: 2)
    try other.load(file, path: "m")
    #expect(other.state(imageSize: 96, classNames: Self.names).encoded() == bytes)
  }

  @Test("Loading weights that do not match lists every mismatch and loads nothing")
  func mismatch() throws {
    var file = network(SqueezeNet.Configuration(), seed: 1).state(
      imageSize: 64, classNames: Self.names)
    file.tensors["classifier.1.conv2d.bias"] = .init([Float](repeating: 0, count: 3), shape: [3])
    file.tensors["conv1.conv2d.bias"] = nil
    file.tensors["extra"] = .init([Float(0)], shape: [1])
    let target = network(SqueezeNet.Configuration(), seed: 2)
    let before = target.parameters.map(\.value)
    #expect(
      throws: Failure(
        .corrupt,
        "m: not the tensors that are needed: \"conv1.conv2d.bias\" is missing; "
          + "\"classifier.1.conv2d.bias\" has shape [3], expected [10]; \"extra\" is not expected")
    ) { try target.load(file, path: "m") }
    #expect(target.parameters.map(\.value) == before)
  }

  @Test("Loading non-finite weights fails")
  func notFinite() {
    let network = network(SqueezeNet.Configuration(), seed: 1)
    network.parameters[3].value[0] = .infinity
    let file = network.state(imageSize: 64, classNames: Self.names)
    #expect(throws: Failure.self) { try network.load(file, path: "m") }
  }
}
