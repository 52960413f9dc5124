import Support

/// An entry of fastai's board of the best accuracies on Imagenette.
struct ImagenetteBoard {
  /// Height and width of the images in pixels.
  let imageSize: Int
  let epochs: Int
  /// The mean over its runs, of the validation images.
  let accuracy: Double
  let runs: Int
  let source: String

  /// The file, relative to the package's root.
  static let path = "reports/reference/imagenette_board.csv"

  /// The entries; none without the file.
  ///
  /// - Throws: `Failure` with code 65 where the file is damaged.
  static func all(root: String) throws -> [ImagenetteBoard] {
    guard let table = try Results.table(path, root: root) else { return [] }
    guard let sizes = table.numbers("image_size"), let epochs = table.numbers("epochs"),
      let accuracies = table.numbers("accuracy"), let runs = table.numbers("runs"),
      let sources = table["source"]
    else {
      throw Failure(.corrupt, "\(path): expected image_size, epochs, accuracy, runs, source")
    }
    return sources.indices.map {
      ImagenetteBoard(
        imageSize: Int(sizes[$0]), epochs: Int(epochs[$0]), accuracy: accuracies[$0],
        runs: Int(runs[$0]), source: sources[$0])
    }
  }
}
