import Models
import NeuralNetwork
import Reporting
import Support

let summaryCommand = Subcommand(
  name: "summary", usage: "[options]",
  summary: "the network's layers with shapes, parameters and multiply-adds",
  options: [
    Option("--norm", value: "none|batch", help: "normalization", default: "none"),
    Option("--variant", value: "notebook|1.0|1.1", help: "which network", default: "notebook"),
    Option(
      "--bypass", value: "none|simple|complex", help: "what is added around fire modules",
      default: "simple for the notebook, else none"),
    Option("--image-size", value: "N", help: "height and width in pixels", default: "224"),
    Option("--classes", value: "N", help: "outputs of the last convolution", default: "10"),
    Option("--csv", help: "as comma-separated values"),
  ],
  run: { options in
    try options.rejectArguments()
    let configuration = try SqueezeNet.Configuration(options)
    let network = SqueezeNet(configuration, engine: DirectEngine())
    let size = try options.integer("--image-size", in: 1...65_536) ?? 224
    try network.checkImageSize(size)
    let summary = ArchitectureSummary(network, imageSize: size)
    try Console.write(options.has("--csv") ? summary.table.text : summary.text)
  })

extension SqueezeNet.Configuration {
  /// The network that options describe.
  init(_ options: CommandLineOptions) throws {
    self.init(
      variant: try options.choice("--variant", of: SqueezeNet.Variant.self) ?? .notebook)
    bypass = try options.choice("--bypass", of: SqueezeNet.Bypass.self) ?? bypass
    normalization = try options.choice("--norm", of: Normalization.self) ?? normalization
    classes = try options.integer("--classes", in: 1...1_000_000) ?? classes
  }
}
