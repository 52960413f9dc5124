import Datasets
import Models
import Support

// The part of a weights file's metadata that is about the images a network was trained on.

extension SqueezeNet {
  /// The network's state after a training: weights, running statistics and, as metadata, whatever
  /// someone needs who classifies other images with them.
  func state(trainedWith settings: Settings, on data: RunData) -> SafeTensors {
    var file = state(
      imageSize: settings.crop, classNames: data.training.classes.map(\.name))
    // Files that do not say mean Imagenette's.
    if data.training.normalization != Imagenette.normalization {
      file.metadata[normalizationName] = data.training.normalization.table.text
    }
    return file
  }
}

private let normalizationName = "normalization"

extension SafeTensors {
  /// The normalization of the images that a network was trained on; `nil` for weights that do not
  /// come from this project.
  ///
  /// - Throws: `Failure` with code 65 that calls the file `path`, where the entry is damaged.
  package func normalization(path: String) throws -> PixelNormalization? {
    if let text = metadata[normalizationName] {
      let name = "\(path): \(normalizationName)"
      return try PixelNormalization(table: try Table(parsing: text, name: name), path: name)
    }
    return imageSize == nil ? nil : Imagenette.normalization
  }
}
