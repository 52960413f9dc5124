import Datasets
import Models
import NeuralNetwork
import Support
import Training

let classifyCommand = Subcommand(
  name: "classify", usage: "--weights FILE IMAGE…",
  summary: "the five likeliest classes of images, with probabilities",
  options: [
    Option("--weights", value: "FILE", help: "safetensors, ours or PyTorch's"),
    Option(
      "--data-path", value: "DIR", help: "folder whose classes name the results",
      default: "the file's names, else Imagenette's"),
  ] + networkOptions,
  run: { options in
    let weights = try options.required("--weights")
    guard !options.arguments.isEmpty else { throw Failure(.usage, "name at least one image") }
    let (network, imageSize) = try loadNetwork(weights, options)
    try MemoryEstimate(evaluating: network, batch: 1, imageSize: imageSize, images: nil)
      .check(options: "--image-size")
    let names = try classNames(of: network, file: SafeTensors(contentsOf: weights), options)
    let transform = ValidationTransform(TransformSizes(crop: imageSize))
    var failures: [Failure] = []
    for path in options.arguments {
      let image: Image
      do {
        image = try Image(contentsOf: path)
        try image.requireResizable(shortSide: transform.resize, path: path)
      } catch let failure as Failure {
        // The other images are classified all the same.
        failures.append(failure)
        continue
      }
      let pixels = transform.apply(to: image)
      let logits = network.forward(
        PixelNormalization.imagenette.tensor(of: pixels), mode: .evaluation)
      let probabilities = softmax(logits.elements)
      let likeliest = probabilities.indices.sorted {
        (probabilities[$1], $0) < (probabilities[$0], $1)
      }
      try Console.print(path)
      for c in likeliest.prefix(5) {
        let percent = decimals(probabilities[c] * 100, 2)
        try Console.print(
          String(repeating: " ", count: max(0, 8 - percent.count)) + "\(percent) %  \(names[c])")
      }
    }
    guard failures.isEmpty else {
      throw Failure(failures, of: "\(options.arguments.count) images")
    }
  })

/// What to call the classes of a network: as the folder of `--data-path` does, else as its file of
/// weights, else by Imagenette's names.
private func classNames(
  of network: SqueezeNet, file: SafeTensors, _ options: CommandLineOptions
) throws -> [String] {
  let count = network.configuration.classes
  if let folder = try options.text("--data-path") {
    let names = try ImageFolder(at: folder).classes.map(\.name)
    guard names.count == count else {
      throw Failure(
        .corrupt, "the network tells \(count) classes apart, \(folder) has \(names.count)")
    }
    return names
  }
  let candidates = [file.classNames, ImageFolder.imagenette.map(\.name)].compactMap { $0 }
  return candidates.first { $0.count == count } ?? (0..<count).map { "class \($0)" }
}
