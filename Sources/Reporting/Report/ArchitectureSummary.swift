import Models
import NeuralNetwork
import Support

/// A network's layers with shapes, parameters and multiply-adds, as a table and as a tree.
package struct ArchitectureSummary: Sendable {
  let network: LayerDescription
  /// The shape of one image.
  let input: Shape

  /// Summarizes a network.
  ///
  /// - Parameters:
  ///   - network: The network; its weights do not matter.
  ///   - imageSize: The height and width of its images in pixels.
  package init(_ network: any Layer, imageSize: Int) {
    self.network = network.architecture(imageSize: imageSize)
    input = Shape(1, imageSize, imageSize, 3)
  }

  /// `architecture.csv`: one row per layer, shapes in PyTorch's order without N.
  package var table: Table {
    Table(
      columns: [
        "layer", "type", "output_shape", "parameters", "multiply_adds", "multiply_adds_with_bias",
      ],
      rows: network.leaves.map {
        [
          $0.name, $0.kind.type, Self.text($0.outputShape), "\($0.parameters)",
          "\($0.multiplyAdds)", "\($0.multiplyAddsWithBias)",
        ]
      })
  }

  /// A shape in PyTorch's order without N, `64x111x111`.
  static func text(_ shape: Shape) -> String {
    "\(shape.channels)x\(shape.height)x\(shape.width)"
  }
}

extension Results {
  /// The network that the profile's architecture is described by, and the height and width of its
  /// images in pixels: the first run's with batch norm, or the first run's where none has it; `nil`
  /// where no run states its network.
  var network: (network: SqueezeNet, imageSize: Int)? {
    let runs = representatives.map(\.1)
    let run = runs.first { $0.record?.settings?.model.normalization == .batch } ?? runs.first
    guard let settings = run?.record?.settings else { return nil }
    // Nothing is computed; a network cannot be built without an engine.
    return (SqueezeNet(settings.model, engine: DirectEngine()), settings.crop)
  }

  /// Writes `architecture.csv`.
  ///
  /// - Returns: The path of the file, relative to the root; empty where the network is not known.
  func writeArchitecture() throws -> [String] {
    guard let (network, imageSize) = network else { return [] }
    let path = "\(folder)/architecture.csv"
    try Files.write(
      ArchitectureSummary(network, imageSize: imageSize).table.text, to: "\(root)/\(path)")
    return [path]
  }
}
