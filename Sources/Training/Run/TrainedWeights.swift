import Datasets
import Models
import Support

// The metadata of a weights file that describe the images its network was trained on.

extension SqueezeNet {
  /// The network's state after training: weights, running statistics and, as metadata, everything
  /// needed to classify other images.
  func state(trainedWith settings: Settings, on data: RunData) -> SafeTensors {
    state(
      trainedWith: settings, classNames: data.training.classes.map(\.name),
      normalization: data.training.normalization)
  }

  private func state(
    trainedWith settings: Settings, classNames: [String], normalization: PixelNormalization
  ) -> SafeTensors {
    var file = state(imageSize: settings.crop, classNames: classNames)
    // Without the entry it is Imagenette's.
    if normalization != Imagenette.normalization {
      file.metadata[normalizationName] = normalization.table.text
    }
    return file
  }

  /// The SHA-256 of the file of its state.
  func hash(
    trainedWith settings: Settings, classNames: [String], normalization: PixelNormalization
  ) -> String {
    SHA256.hash(
      state(trainedWith: settings, classNames: classNames, normalization: normalization).encoded())
  }
}

private let normalizationName = "normalization"

extension SafeTensors {
  /// The normalization of the images that the network was trained on; `nil` for weights from elsewhere.
  ///
  /// - Throws: `Failure` with code 65, in which the file is called `path`, if the entry is damaged.
  package func normalization(path: String) throws -> PixelNormalization? {
    if let text = metadata[normalizationName] {
      let name = "\(path): \(normalizationName)"
      return try PixelNormalization(table: try Table(parsing: text, name: name), path: name)
    }
    return imageSize == nil ? nil : Imagenette.normalization
  }
}
