import Datasets
import Models
import NeuralNetwork
import Support

let classifyCommand = Subcommand(
  name: "classify", usage: "--weights FILE IMAGE…",
  summary: "the five likeliest classes of images, with probabilities",
  options: [
    Option("--weights", value: "FILE", help: "safetensors, ours or PyTorch's"),
    Option(
      "--data-path", value: "DIR", help: "folder whose classes name the results",
      default: "Imagenette's names"),
    Option(
      "--image-size", value: "N", help: "height and width in pixels",
      default: "the file's, else 224"),
    Option("--variant", value: "notebook|1.0|1.1", help: "which network", default: "the file's"),
    Option("--bypass", value: "none|simple|complex", help: "", default: "the file's"),
    Option("--final-relu", value: "on|off", help: "", default: "the file's, else on"),
    Option("-j", "--threads", value: "N", help: "", default: "all processors"),
  ],
  run: { options in
    let path = try options.required("--weights")
    guard !options.arguments.isEmpty else { throw Failure(.usage, "name at least one image") }
    let (network, imageSize) = try loadNetwork(path, options)
    let names = try classNames(
      count: network.configuration.classes, folder: options.text("--data-path"))
    let transform = ValidationTransform(TransformSizes(crop: imageSize))
    for image in options.arguments {
      let pixels = transform.apply(to: try Image(contentsOf: image))
      let logits = network.forward(
        Datasets.Normalization.imagenette.tensor(of: pixels), mode: .evaluation)
      let probabilities = softmax(logits.elements)
      let likeliest = probabilities.indices.sorted {
        (probabilities[$1], $0) < (probabilities[$0], $1)
      }
      print(image)
      for c in likeliest.prefix(5) {
        let percent = decimals(probabilities[c] * 100, 2)
        print(
          String(repeating: " ", count: max(0, 8 - percent.count)) + "\(percent) %  \(names[c])")
      }
    }
  })

/// What to call the classes of a network.
private func classNames(count: Int, folder: String?) throws -> [String] {
  let classes = try folder.map { try ImageFolder(at: $0).classes } ?? ImageFolder.imagenette
  if classes.count == count { return classes.map(\.name) }
  guard folder == nil else {
    throw Failure(.corrupt, "the network tells \(count) classes apart, the data \(classes.count)")
  }
  return (0..<count).map { "class \($0)" }
}
