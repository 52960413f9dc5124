import Datasets
import NeuralNetwork
import Support
import Training

let classifyCommand = Subcommand(
  name: "classify", usage: "--weights FILE IMAGE…",
  summary: "print the five likeliest classes of images, with probabilities",
  options: [
    Option("--weights", value: "FILE", help: "safetensors, ours or PyTorch's"),
    Option(
      "--data-path", value: "DIR", help: "folder of images whose class names to print",
      default: "the file's names, else Imagenette's"),
  ] + LoadedNetwork.options,
  run: { options, context in
    let weights = try options.required("--weights")
    guard !options.arguments.isEmpty else { throw Failure(.usage, "name at least one image") }
    let loaded = try LoadedNetwork(weights, options)
    let (network, imageSize) = (loaded.network, loaded.imageSize)
    try MemoryEstimate(evaluating: network, batch: 1, imageSize: imageSize, images: nil)
      .check(options: "--image-size")
    let folder = try options.text("--data-path").map { try ImageFolder(at: $0) }
    let names = try loaded.classNames(of: folder)
    let normalization =
      loaded.normalization ?? folder?.normalization ?? Imagenette.normalization
    let transform = ValidationTransform(TransformSizes(crop: imageSize))
    var failures: [Failure] = []
    for path in options.arguments {
      let image: Image
      do {
        image = try Image(contentsOf: path)
        try image.requireResizable(shortSide: transform.resize, path: path)
      } catch let failure as Failure {
        // One bad image does not keep the others from being classified.
        failures.append(failure)
        continue
      }
      let pixels = image.warped(by: transform.warp(of: image.size))
      let logits = network.forward(normalization.tensor(of: pixels), mode: .evaluation)
      let probabilities = softmax(logits.elements)
      let likeliest = probabilities.indices.sorted {
        (probabilities[$1], $0) < (probabilities[$0], $1)
      }
      try context.print(path)
      for c in likeliest.prefix(5) {
        let percent = decimals(probabilities[c] * 100, 2)
        try context.print(
          String(repeating: " ", count: max(0, 8 - percent.count)) + "\(percent) %  \(names[c])")
      }
    }
    guard failures.isEmpty else {
      throw Failure(failures, of: "\(options.arguments.count) images")
    }
  })
