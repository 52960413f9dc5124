import Datasets
import Models
import NeuralNetwork
import Support
import Training

let evaluateCommand = Subcommand(
  name: "evaluate", usage: "--weights FILE --data-path DIR [options]",
  summary: "classify the validation images of a folder",
  options: [
    Option("--weights", value: "FILE", help: "safetensors, ours or PyTorch's"),
    Option("--data-path", value: "DIR", help: "folder with train/ and val/"),
    Option("-b", "--batch-size", value: "N", help: "changes no result", default: "64"),
    Option("--limit-val", value: "N", help: "the first N images"),
    Option("--predictions", value: "CSV", help: "where to write index, path, label, prediction"),
    Option("--logits", value: "CSV", help: "where to write all logits at full precision"),
  ] + networkOptions,
  run: { options in
    try options.rejectArguments()
    let path = try options.required("--weights")
    let folder = try options.required("--data-path")
    let limit = try options.integer("--limit-val", in: 1...Int.max)
    let batchSize = try options.integer("--batch-size", in: 1...65_536) ?? 64
    for name in ["--predictions", "--logits"] {
      if let csv = try options.text(name) { try Files.requireCreatable(csv) }
    }
    let (network, imageSize) = try loadNetwork(path, options)
    let images = try ImageFolder(at: folder)
    guard images.classes.count == network.configuration.classes else {
      throw Failure(
        .corrupt,
        "\(path) tells \(network.configuration.classes) classes apart, \(folder) has "
          + "\(images.classes.count)")
    }
    try MemoryEstimate(
      evaluating: network, batch: batchSize, imageSize: imageSize,
      images: images.imageBytes(.validation, limit: limit)
    ).check(options: "--batch-size, --image-size or --limit-val")
    let sizes = TransformSizes(crop: imageSize)
    let dataset = try images.load(.validation, limit: limit, shortSide: sizes.validation)
    let loader = Loader(dataset, transform: Transform(.none, sizes), batchSize: batchSize)
    guard let evaluation = evaluate(network, on: loader) else { return }
    if let csv = try options.text("--predictions") {
      try Files.write(evaluation.table.text, to: csv)
    }
    if let csv = try options.text("--logits") {
      try Files.write(evaluation.logitsTable.text, to: csv)
    }
    try Console.print("#Parameter: \(network.parameterCount) Accuracy: \(evaluation.accuracy)")
  })

/// The options that `loadNetwork` reads.
let networkOptions = [
  Option(
    "--image-size", value: "N", help: "height and width in pixels",
    default: "the file's, else 224"),
  Option("--variant", value: "notebook|1.0|1.1", help: "which network", default: "the file's"),
  Option(
    "--bypass", value: "none|simple|complex", help: "what is added around fire modules",
    default: "the file's"),
  Option(
    "--final-relu", value: "on|off", help: "ReLU after the last convolution",
    default: "the file's, else on"),
  Option("-j", "--threads", value: "N", help: "changes no result", default: "all processors"),
]

/// The network of a file of weights, and the image size that it is to see.
///
/// Reads `networkOptions`.
func loadNetwork(
  _ path: String, _ options: CommandLineOptions
) throws -> (network: SqueezeNet, imageSize: Int) {
  if let threads = try options.integer("--threads", in: 1...1024) { Parallel.threads = threads }
  let file = try SafeTensors(contentsOf: path)
  var configuration = SqueezeNet.Configuration(describing: file)
  if let variant = try options.choice("--variant", of: SqueezeNet.Variant.self) {
    if file.naming == .torchvision1_1, variant == .notebook {
      Console.report(
        "squeezenet: \(path) has torchvision's 1.1 weights; the notebook's network has the same"
          + " shapes but pools elsewhere and adds bypasses, so they mean something else there")
      configuration.bypass = .simple
    }
    configuration.variant = variant
  }
  configuration.bypass =
    try options.choice("--bypass", of: SqueezeNet.Bypass.self) ?? configuration.bypass
  if let word = try options.text("--final-relu") {
    guard ["on", "off"].contains(word) else {
      throw Failure(.usage, "--final-relu: expected one of on, off, got '\(word)'")
    }
    configuration.hasFinalReLU = word == "on"
  }
  let network = SqueezeNet(configuration, engine: DirectEngine())
  try network.load(file, path: path)
  let imageSize = try options.integer("--image-size", in: 1...4096) ?? file.imageSize ?? 224
  try network.checkImageSize(imageSize)
  return (network, imageSize)
}
