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
    let weights = try SafeTensors(contentsOf: path)
    let (network, imageSize) = try loadNetwork(weights, path: path, options)
    var images = try ImageFolder(at: folder)
    images.normalization = try weights.normalization(path: path) ?? images.normalization
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

private let networkSettings = Settings.table(
  "--image-size", "--variant", "--bypass", "--final-relu")

/// The options that `loadNetwork` reads.
let networkOptions =
  networkSettings.map {
    $0.option(
      of: .at224Pixels,
      default: ["--image-size": "the file's, else 224", "--final-relu": "the file's, else on"][
        $0.name, default: "the file's"])
  } + [
    Option("-j", "--threads", value: "N", help: "changes no result", default: "all processors")
  ]

/// Loads a file of weights.
///
/// Reads `networkOptions`.
///
/// - Returns: The network, and the height and width in pixels of the images that it is to see.
func loadNetwork(
  _ file: SafeTensors, path: String, _ options: CommandLineOptions
) throws -> (network: SqueezeNet, imageSize: Int) {
  if let threads = try options.integer("--threads", in: 1...1024) { Parallel.threads = threads }
  var settings = Settings.at224Pixels
  settings.model = SqueezeNet.Configuration(describing: file)
  if let size = file.imageSize { settings.imageSize = size }
  let hasProjections = settings.model.bypass == .complex
  for row in networkSettings { try row.apply(options, to: &settings) }
  // A variant brings its usual bypass, but complex bypasses have weights that are in the file.
  if hasProjections, !options.has("--bypass") { settings.model.bypass = .complex }
  if file.naming == .torchvision1_1, settings.model.variant == .notebook {
    Console.report(
      "squeezenet: \(path) has torchvision's 1.1 weights; the notebook's network has the same"
        + " shapes but pools elsewhere and adds bypasses, so they mean something else there")
  }
  let network = SqueezeNet(settings.model, engine: DirectEngine())
  try network.load(file, path: path)
  try network.checkImageSize(settings.crop)
  return (network, settings.crop)
}
