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
    let file = try SafeTensors(contentsOf: weights)
    let (network, imageSize) = try loadNetwork(file, path: weights, options)
    try MemoryEstimate(evaluating: network, batch: 1, imageSize: imageSize, images: nil)
      .check(options: "--image-size")
    let folder = try options.text("--data-path").map { try ImageFolder(at: $0) }
    let names = try classNames(of: network, file: file, folder)
    let normalization =
      try file.normalization(path: weights) ?? folder?.normalization ?? Imagenette.normalization
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
      let logits = network.forward(normalization.tensor(of: pixels), mode: .evaluation)
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

/// The names of a network's classes: those of `folder`, else those in its file of weights, else
/// Imagenette's.
private func classNames(
  of network: SqueezeNet, file: SafeTensors, _ folder: ImageFolder?
) throws -> [String] {
  let count = network.configuration.classes
  if let folder {
    guard folder.classes.count == count else {
      throw Failure(
        .corrupt,
        "\(folder.path): expected \(count) classes as in the weights, got "
          + "\(folder.classes.count)")
    }
    return folder.classes.map(\.name)
  }
  let candidates = [file.classNames, Imagenette.classes.map(\.name)].compactMap { $0 }
  return candidates.first { $0.count == count } ?? (0..<count).map { "class \($0)" }
}
