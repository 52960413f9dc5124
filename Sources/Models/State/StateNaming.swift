/// A naming scheme for the parameters of a SqueezeNet in a file.
///
/// This project uses the notebook's names for every variant: `conv1.conv2d.weight`,
/// `fire2.squeeze.conv2d.bias`, `classifier.1.conv2d.weight`. torchvision numbers the modules of its
/// `features` instead, pools and activations included, so that the numbers of its fire modules differ
/// between its two variants.
///
/// Source: https://github.com/pytorch/vision, torchvision/models/squeezenet.py.
package enum StateNaming: CaseIterable, Sendable {
  case notebook
  /// torchvision's `squeezenet1_0`.
  case torchvision1_0
  /// torchvision's `squeezenet1_1`.
  case torchvision1_1

  /// The naming scheme of a file with these names; `nil` where they belong to no SqueezeNet.
  ///
  /// torchvision's variants share many names; the scheme that contains most of the given names is
  /// chosen.
  package static func detect(in names: some Collection<String>) -> StateNaming? {
    let counts = allCases.map { naming in
      names.count { naming.notebookName(of: $0) != nil }
    }
    guard let most = counts.max(), most > 0 else { return nil }
    return zip(allCases, counts).first { $0.1 == most }?.0
  }

  /// The notebook's name for `name` in this scheme; `nil` where the scheme has no such name.
  package func notebookName(of name: String) -> String? {
    Self.notebookNames[self]?[name]
  }

  private static let notebookNames = Dictionary(
    uniqueKeysWithValues: allCases.map { naming in
      (naming, Dictionary(uniqueKeysWithValues: naming.namePairs))
    })

  /// Every name in this scheme with the notebook's name for it.
  private var namePairs: [(String, String)] {
    switch self {
    case .notebook:
      let layers =
        ["conv1"]
        + (2...9).flatMap { fire in
          ["squeeze", "expand1x1", "expand3x3", "bypass"].map { "fire\(fire).\($0)" }
        }
      let names =
        (layers + ["classifier.1"]).flatMap { Self.parameters(of: "\($0).conv2d") }
        + layers.flatMap { layer in
          ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
            .map { "\(layer).norm.\($0)" }
        }
      return names.map { ($0, $0) }
    case .torchvision1_0: return Self.torchvisionPairs(fires: [3, 4, 5, 7, 8, 9, 10, 12])
    case .torchvision1_1: return Self.torchvisionPairs(fires: [3, 4, 6, 7, 9, 10, 11, 12])
    }
  }

  /// The pairs of a torchvision variant whose fire modules 2 ... 9 have the given indices in its
  /// `features`.
  private static func torchvisionPairs(fires: [Int]) -> [(String, String)] {
    let convolutions =
      [("features.0", "conv1"), ("classifier.1", "classifier.1")]
      + zip(fires, 2...9).flatMap { index, fire in
        ["squeeze", "expand1x1", "expand3x3"].map {
          ("features.\(index).\($0)", "fire\(fire).\($0)")
        }
      }
    return convolutions.flatMap { theirs, ours in
      Array(zip(parameters(of: theirs), parameters(of: "\(ours).conv2d")))
    }
  }

  private static func parameters(of convolution: String) -> [String] {
    ["\(convolution).weight", "\(convolution).bias"]
  }
}

extension SafeTensors {
  /// The file's naming scheme; `nil` where it holds no SqueezeNet.
  package var naming: StateNaming? { StateNaming.detect(in: tensors.keys) }

  /// The same file with the notebook's names. An unknown name, or one whose new name is taken, is
  /// kept: nothing is lost, and matching reports it.
  package func withNotebookNames() -> SafeTensors {
    guard let naming else { return self }
    var file = SafeTensors(metadata: metadata)
    for (name, entry) in tensors {
      let newName = naming.notebookName(of: name) ?? name
      file.tensors[tensors[newName] == nil ? newName : name] = entry
    }
    return file
  }
}
