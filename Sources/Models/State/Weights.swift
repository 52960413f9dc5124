import NeuralNetwork
import Support

// Reading and writing a network's state as safetensors files, with the names, shapes and order of
// elements of a `state_dict` that PyTorch's `load_state_dict(strict=True)` accepts.

extension SqueezeNet {
  /// The tensors that a file of this network's state holds.
  package var stateEntries: [StateEntry] {
    parameters.map { StateEntry($0.name, $0.shape) }
      + buffers.map { buffer in
        switch buffer.contents {
        case .numbers(let numbers): StateEntry(buffer.name, [numbers.count])
        case .count: StateEntry(buffer.name, [], .i64)
        }
      }
  }

  /// The weights and running statistics, with the configuration, the height and width in pixels that
  /// the network was trained for, and the names of its classes as metadata.
  package func state(imageSize: Int, classNames: [String]) -> SafeTensors {
    var file = SafeTensors(metadata: configuration.metadata)
    file.metadata[MetadataName.imageSize] = "\(imageSize)"
    file.metadata[MetadataName.classNames] = CSV.text([classNames])
    for parameter in parameters {
      file.tensors[parameter.name] = .init(parameter.value, shape: parameter.shape)
    }
    for buffer in buffers {
      file.tensors[buffer.name] =
        switch buffer.contents {
        case .numbers(let numbers): .init(numbers, shape: [numbers.count])
        case .count(let count): .init([count], shape: [])
        }
    }
    return file
  }

  /// Loads weights and running statistics from a file with the notebook's or torchvision's names.
  ///
  /// - Parameters:
  ///   - file: The contents of the file.
  ///   - path: The name of the file in errors.
  /// - Throws: `Failure` with code 65 that lists everything that does not match.
  package func load(_ file: SafeTensors, path: String) throws {
    let entries = try file.withNotebookNames().entries(matching: stateEntries, path: path)
    try file.requireFinite(path: path)
    for parameter in parameters {
      entries[parameter.name]?.copy(to: &parameter.value)
    }
    for buffer in buffers {
      guard let entry = entries[buffer.name] else { continue }
      switch buffer.contents {
      case .numbers: buffer.contents = .numbers(entry.elements())
      case .count: buffer.contents = .count(entry.elements(as: Int64.self).first ?? 0)
      }
    }
  }
}

/// The keys of a weights file's metadata.
private enum MetadataName {
  static let variant = "variant"
  static let bypass = "bypass"
  static let finalReLU = "final_relu"
  static let imageSize = "image_size"
  static let classNames = "class_names"
}

extension SqueezeNet.Configuration {
  /// The part of the configuration that does not follow from a file's names and shapes.
  fileprivate var metadata: [String: String] {
    [
      MetadataName.variant: variant.rawValue, MetadataName.bypass: bypass.rawValue,
      MetadataName.finalReLU: hasFinalReLU ? "on" : "off",
    ]
  }

  /// Creates the configuration of the network that a file of weights belongs to.
  ///
  /// Normalization and classes follow from the file's names and shapes. Variant, bypass and final ReLU
  /// are read from its metadata where this project wrote it; otherwise torchvision's names mean
  /// torchvision's network, and the notebook's names mean the notebook's.
  package init(describing file: SafeTensors) {
    let named = file.withNotebookNames()
    let isComplex = named.tensors["fire2.bypass.conv2d.weight"] != nil
    let stem = named.tensors["conv1.conv2d.weight"]?.shape ?? []
    switch file.naming {
    case .torchvision1_1: self.init(variant: .v1_1)
    case .torchvision1_0: self.init(variant: .v1_0)
    default:
      self.init(variant: stem.last == 7 ? .v1_0 : .notebook)
    }
    if isComplex { bypass = .complex }
    if let written = file.metadata[MetadataName.variant].flatMap(SqueezeNet.Variant.init) {
      variant = written
    }
    if let written = file.metadata[MetadataName.bypass].flatMap(SqueezeNet.Bypass.init) {
      bypass = written
    }
    if let written = file.metadata[MetadataName.finalReLU] { hasFinalReLU = written != "off" }
    normalization = named.tensors["conv1.norm.weight"] == nil ? .none : .batch
    classes = named.tensors["classifier.1.conv2d.weight"]?.shape.first ?? classes
  }
}

extension SafeTensors {
  /// The height and width in pixels that the network was trained for; `nil` if the file does not
  /// say.
  package var imageSize: Int? { metadata[MetadataName.imageSize].flatMap { Int($0) } }

  /// The names of the classes; `nil` if the file does not say.
  package var classNames: [String]? {
    metadata[MetadataName.classNames].flatMap { try? CSV.records(of: $0, name: "").first }
  }
}
