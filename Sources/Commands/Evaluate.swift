import Datasets
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
    Option("--predictions", value: "CSV", help: "write index, path, label, prediction"),
    Option("--logits", value: "CSV", help: "write all logits at full precision"),
  ] + LoadedNetwork.options,
  run: { options, context in
    try options.rejectArguments()
    let path = try options.required("--weights")
    let folder = try options.required("--data-path")
    let limit = try options.integer("--limit-val", in: 1...Int.max)
    let batchSize = try options.integer("--batch-size", in: 1...65_536) ?? 64
    for name in ["--predictions", "--logits"] {
      if let csv = try options.text(name) { try Files.requireCreatable(csv) }
    }
    let loaded = try LoadedNetwork(path, options)
    let (network, imageSize) = (loaded.network, loaded.imageSize)
    var images = try ImageFolder(at: folder)
    try loaded.check(images)
    images.normalization = loaded.normalization ?? images.normalization
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
    try context.print("#Parameter: \(network.parameterCount) Accuracy: \(evaluation.accuracy)")
  })
