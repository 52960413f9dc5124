import Datasets
import Models
import Support

// The metadata of a weights file that describe the images its network was trained on.

extension SqueezeNet {
  /// The network's state after training: weights, running statistics and, as metadata, everything
  /// needed to classify other images.
  func state(trainedWith settings: Settings, on data: RunData) -> SafeTensors {
    var file = state(
      imageSize: settings.crop, classNames: data.training.classes.map(\.name))
    // Without the entry it is Imagenette's.
    if data.training.normalization != Imagenette.normalization {
      file.metadata[normalizationName] = data.training.normalization.table.text
    }
    return file
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
