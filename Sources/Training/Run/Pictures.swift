import Datasets
import Models
import Support

/// The pictures that a run makes for its report:
///
/// - `samples.jpeg`: training images as the network saw them in the first epoch, one row per class, in
///   the order of training;
/// - `mistakes.jpeg`: the validation images with the highest losses among the wrong answers, as the
///   network sees them, row by row; missing if there is no wrong answer;
/// - `filters.csv`: the weights of the first convolution.
///
/// The same run gives the same bytes.
package struct Pictures {
  private let settings: Settings
  private let data: RunData

  /// Images per class.
  package static let samplesPerClass = 8
  /// The number of classes shown; the others are left out to keep the file small.
  package static let sampleClasses = 20
  /// Mistakes per row.
  package static let mistakesPerRow = 6
  /// Pixels between images.
  package static let gap = 4

  /// The height and width of the images on a run's picture in pixels.
  package static func side(of picture: RunFile, in settings: Settings) -> Int {
    min(picture == .samples ? 64 : 96, settings.crop)
  }

  init(_ settings: Settings, _ data: RunData) {
    self.settings = settings
    self.data = data
  }

  /// Makes the pictures of a complete run again, from its record, its predictions and its weights.
  ///
  /// - Parameters:
  ///   - path: The run's folder, with `run.json`, `predictions.csv` and `model.safetensors`.
  ///   - dataPath: The folder of the run's images.
  /// - Throws: `Failure` with code 66 if a file is missing, 65 if images or weights are not those of the
  ///   run.
  package static func write(forRunIn path: String, dataPath: String) throws {
    for file in [RunFile.record, .predictions] where !Files.exists(file.path(in: path)) {
      throw Failure(.missing, "\(path): no \(file.name); expected the folder of a complete run")
    }
    guard Files.exists(RunFile.weights.path(in: path)) else {
      throw Failure(
        .missing,
        "\(path): no \(RunFile.weights.name), which is not committed; repeat the run to make it")
    }
    let folder = try RunFolder(path)
    let file = folder[.record]
    let record = try RunRecord(parsing: try Files.readText(file), name: file)
    var settings = try record.settings(path: file)
    settings.skipsBadImages = record.skippedImages != nil
    let weights = try SafeTensors(contentsOf: folder[.weights])
    func check(_ path: String, _ name: String, _ expected: String?, _ actual: String) throws {
      guard expected == actual else {
        throw Failure(
          .corrupt,
          "\(path): not the run's: expected \(name) \(expected ?? "none"), got \(actual)")
      }
    }
    try check(
      folder[.weights], "weights.final", record.finalWeights,
      SHA256.hash(try Files.read(folder[.weights])))
    let data = try RunData(try ImageFolder(at: dataPath), settings)
    try check(dataPath, "data.fingerprint", record.dataFingerprint, data.fingerprint)
    let predictions = try Table(
      parsing: try Files.readText(folder[.predictions]), name: folder[.predictions])
    let files = try Pictures(settings, data).files(
      predictions: predictions, weights: weights, in: folder)
    try Files.write(files, replacing: RunFile.pictures.map { folder[$0] })
  }

  /// The pictures' files.
  func files(
    predictions: Table, weights: SafeTensors, in folder: RunFolder
  ) throws -> [(path: String, bytes: [UInt8])] {
    let filters = try Self.filters(weights, path: folder[.weights]).text
    var files = [
      (folder[.samples], try samples.jpeg(quality: Self.quality)),
      (folder[.filters], Array(filters.utf8)),
    ]
    if let mistakes = try mistakes(predictions, path: folder[.predictions]) {
      files.append((folder[.mistakes], try mistakes.jpeg(quality: Self.quality)))
    }
    return files
  }

  private static let quality = 60

  private var samples: Image {
    let loader = data.trainingLoader(settings)
    var rows = [[Int]](
      repeating: [], count: min(Self.sampleClasses, data.training.classes.count))
    for sample in loader.order(epoch: 1) {
      let label = data.training.samples[sample].label
      if label < rows.count, rows[label].count < Self.samplesPerClass { rows[label].append(sample) }
    }
    return Image(
      contactSheet: rows.map { $0.map { loader.image($0, epoch: 1) } },
      side: Self.side(of: .samples, in: settings), gap: Self.gap)
  }

  private func mistakes(_ predictions: Table, path: String) throws -> Image? {
    let worst = try TopLosses.rows(of: predictions, path: path).prefix(TopLosses.shown)
    guard !worst.isEmpty else { return nil }
    guard predictions.rows.count == data.validation.count else {
      throw Failure(
        .corrupt,
        "\(path): expected one row for each of \(data.validation.count) images, got "
          + "\(predictions.rows.count)")
    }
    let loader = data.validationLoader(settings)
    let images = worst.map { loader.image($0, epoch: 1) }
    let rows = stride(from: 0, to: images.count, by: Self.mistakesPerRow).map {
      Array(images[$0..<min($0 + Self.mistakesPerRow, images.count)])
    }
    return Image(
      contactSheet: rows, side: Self.side(of: .mistakes, in: settings), gap: Self.gap)
  }

  /// One row per filter and position, from 0, and one column per color.
  private static func filters(_ weights: SafeTensors, path: String) throws -> Table {
    guard let tensor = weights.tensors["conv1.conv2d.weight"], tensor.shape.count == 4,
      tensor.shape[1] == 3
    else {
      throw Failure(.corrupt, "\(path): expected a conv1.conv2d.weight of shape (N, 3, H, W)")
    }
    let elements: [Float] = tensor.elements()
    let (height, width) = (tensor.shape[2], tensor.shape[3])
    var table = Table(columns: ["filter", "row", "column", "red", "green", "blue"])
    for filter in 0..<tensor.shape[0] {
      for (row, column) in (0..<height).flatMap({ row in (0..<width).map { (row, $0) } }) {
        let colors = (0..<3).map { elements[((filter * 3 + $0) * height + row) * width + column] }
        table.append(["\(filter)", "\(row)", "\(column)"] + colors.map(CSV.format))
      }
    }
    return table
  }
}
