import Models
import NeuralNetwork
import Support

/// A network's layers as a table with totals.
package struct ArchitectureSummary: Sendable {
  let layers: [LayerDescription]
  /// Of one image.
  let input: Shape

  /// - Parameters:
  ///   - network: Its weights do not matter.
  ///   - imageSize: Height and width in pixels.
  package init(_ network: SqueezeNet, imageSize: Int) {
    layers = network.architecture(imageSize: imageSize)
    input = Shape(1, imageSize, imageSize, 3)
  }

  /// Trained numbers.
  package var parameters: Int { layers.reduce(0) { $0 + $1.parameters } }
  /// Products with a weight for one image.
  package var multiplyAdds: Int { layers.reduce(0) { $0 + $1.multiplyAdds } }
  /// The same with biases and norms, as torchinfo counts.
  package var multiplyAddsWithBias: Int { layers.reduce(0) { $0 + $1.multiplyAddsWithBias } }

  /// `architecture.csv`: a row a layer, shapes in PyTorch's order without N.
  package var table: Table {
    Table(
      columns: [
        "layer", "type", "output_shape", "parameters", "multiply_adds", "multiply_adds_with_bias",
      ],
      rows: layers.map {
        [
          $0.name, $0.type, Self.text($0.outputShape), "\($0.parameters)", "\($0.multiplyAdds)",
          "\($0.multiplyAddsWithBias)",
        ]
      })
  }

  /// Without N, in PyTorch's order.
  static func text(_ shape: Shape) -> String {
    "\(shape.channels)x\(shape.height)x\(shape.width)"
  }
}

extension Results {
  /// The network that stands for the profile and the height and width of its images in pixels: that
  /// of the first run with batch norm, else of the first run; `nil` where no run says what it is.
  var network: (network: SqueezeNet, imageSize: Int)? {
    let runs = complete.compactMap(\.representative)
    let run = runs.first { $0.information["configuration.norm"] == "batch" } ?? runs.first
    guard let run, let configuration = SqueezeNet.Configuration(run.information),
      let imageSize = run.information["configuration.image_size"].flatMap({ Int($0) })
    else { return nil }
    // No convolution is computed; the engine only completes the network.
    return (SqueezeNet(configuration, engine: DirectEngine()), imageSize)
  }

  /// Writes `architecture.csv`.
  ///
  /// - Returns: The file written, seen from the root; empty where the network is not known.
  func writeArchitecture() throws -> [String] {
    guard let (network, imageSize) = network else { return [] }
    let path = "\(folder)/architecture.csv"
    try Files.write(
      ArchitectureSummary(network, imageSize: imageSize).table.text, to: "\(root)/\(path)")
    return [path]
  }
}

extension SqueezeNet.Configuration {
  /// The network of a run, from its record by dotted paths.
  fileprivate init?(_ information: [String: String]) {
    func value(_ name: String) -> String? { information["configuration.\(name)"] }
    guard let variant = value("variant").flatMap(SqueezeNet.Variant.init),
      let bypass = value("bypass").flatMap(SqueezeNet.Bypass.init),
      let normalization = value("norm").flatMap(Normalization.init),
      let classes = value("classes").flatMap({ Int($0) })
    else { return nil }
    self.init(variant: variant)
    self.bypass = bypass
    self.normalization = normalization
    self.classes = classes
    hasFinalReLU = value("final_relu") != "false"
  }
}
