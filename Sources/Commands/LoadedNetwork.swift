import Datasets
import Models
import NeuralNetwork
import Support
import Training

/// A network with the weights of a file.
struct LoadedNetwork {
  let network: SqueezeNet
  /// Height and width of the images to give it, in pixels.
  let imageSize: Int
  /// The normalization of the images that it was trained on, where the file has it.
  let normalization: PixelNormalization?
  private let path: String
  /// The names of its classes, where the file has them.
  private let names: [String]?

  private static let settings = Settings.table(
    "--image-size", "--variant", "--bypass", "--final-relu")

  /// The options that decide how a file is read.
  static let options =
    settings.map {
      $0.option(
        of: .at224Pixels, help: $0.name == "--variant" ? "network of the family" : nil,
        default: ["--image-size": "the file's, else 224", "--final-relu": "the file's, else on"][
          $0.name, default: "the file's"])
    } + [.threads]

  /// Reads a file of weights.
  ///
  /// - Parameters:
  ///   - path: A safetensors file, ours or PyTorch's.
  ///   - options: The command line, which may have any of `LoadedNetwork.options`.
  /// - Throws: `Failure` with code 66 where the file cannot be read, 65 where it does not fit the
  ///   network, 64 for an image size that the network cannot take.
  init(_ path: String, _ options: CommandLineOptions) throws {
    try options.applyThreads()
    let file = try SafeTensors(contentsOf: path)
    var settings = Settings.at224Pixels
    settings.model = SqueezeNet.Configuration(describing: file)
    if let size = file.imageSize { settings.imageSize = size }
    let bypass = settings.model.bypass
    for setting in Self.settings { try setting.apply(options, to: &settings) }
    let isReinterpreted = file.naming == .torchvision1_1 && settings.model.variant == .notebook
    // `--variant` also sets the variant's usual bypass, but the weights were trained with the file's.
    if !isReinterpreted, !options.has("--bypass") { settings.model.bypass = bypass }
    if isReinterpreted {
      Console.report(
        "squeezenet: \(path) has torchvision's 1.1 weights; the notebook's network has the same"
          + " shapes, but pools elsewhere and adds bypasses, so expect other predictions")
    }
    network = SqueezeNet(settings.model, engine: DirectEngine())
    try network.load(file, path: path)
    imageSize = settings.crop
    try network.checkImageSize(imageSize)
    normalization = try file.normalization(path: path)
    names = file.classNames
    self.path = path
  }

  /// Checks that images have as many classes as the network.
  ///
  /// - Throws: `Failure` with code 65.
  func check(_ images: ImageFolder) throws {
    let classes = network.configuration.classes
    guard images.classes.count == classes else {
      throw Failure(
        .corrupt,
        "\(images.path): expected \(classes) classes as in \(path), got \(images.classes.count)")
    }
  }

  /// The names of the classes: a folder's if one is given, else the file's, else Imagenette's if there
  /// are as many, else numbers.
  func classNames(of images: ImageFolder?) throws -> [String] {
    if let images {
      try check(images)
      return images.classes.map(\.name)
    }
    let classes = network.configuration.classes
    let candidates = [names, Imagenette.classes.map(\.name)].compactMap { $0 }
    return candidates.first { $0.count == classes } ?? (0..<classes).map { "class \($0)" }
  }
}

extension Settings {
  /// The notebook's network on images of its size.
  static var at224Pixels: Settings {
    var settings = Settings()
    settings.imageSize = 224
    return settings
  }
}
