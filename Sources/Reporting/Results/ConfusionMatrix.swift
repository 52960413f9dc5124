import Datasets
import Support

/// The number of images of each class that were taken for each class.
package struct ConfusionMatrix: Equatable, Sendable {
  /// The names of the classes.
  package let names: [String]
  /// Images by label (outer) and prediction (inner).
  package let confusion: [[Int]]

  /// Counts the rows of a `predictions.csv`.
  ///
  /// - Parameters:
  ///   - predictions: Columns `path`, `label` and `predicted`, the latter two indices of classes.
  ///   - names: The names of the classes, labels in order; where they are not known, classes are called
  ///     by Imagenette's names of their folders, or by their folders.
  ///   - classes: The number of the network's outputs, where it is known: some may have no images.
  ///   - path: What an error calls the file.
  /// - Throws: `Failure` with code 65 where a column is missing or a class is not an index.
  package init(
    predictions: Table, names: [String]? = nil, classes: Int? = nil, path: String
  ) throws {
    guard let paths = predictions["path"], let labels = predictions["label"],
      let predicted = predictions["predicted"]
    else {
      throw Failure(.corrupt, "\(path): expected the columns path, label and predicted")
    }
    let pairs = try zip(labels, predicted).map { label, predicted in
      guard let label = Int(label), let predicted = Int(predicted),
        (0..<100_000).contains(label), (0..<100_000).contains(predicted)
      else {
        throw Failure(
          .corrupt, "\(path): expected indices of classes, got '\(label)' and '\(predicted)'")
      }
      return (label, predicted)
    }
    let count = max((pairs.map { max($0.0, $0.1) }.max() ?? -1) + 1, classes ?? 0)
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    var folders: [Int: String] = [:]
    for ((label, predicted), path) in zip(pairs, paths) {
      confusion[label][predicted] += 1
      if let folder = path.split(separator: "/").dropLast().last { folders[label] = String(folder) }
    }
    let known = names ?? Self.names(ofFolders: folders, count: count)
    self.names = (0..<count).map { known.indices.contains($0) ? known[$0] : String($0) }
    self.confusion = confusion
  }

  /// The names of classes by the folders of their images, where they have any.
  private static func names(ofFolders folders: [Int: String], count: Int) -> [String] {
    let imagenette = Imagenette.classes
    // Labels follow the order of the folders: where all of them are Imagenette's, so are the classes
    // without images.
    if imagenette.count == count, folders.allSatisfy({ imagenette[$0.key].folder == $0.value }) {
      return imagenette.map(\.name)
    }
    return (0..<count).map { label in
      guard let folder = folders[label] else { return String(label) }
      return imagenette.first { $0.folder == folder }?.name ?? folder
    }
  }

  /// The number of images of a class.
  package func images(_ label: Int) -> Int { confusion[label].reduce(0, +) }

  /// The fraction of a class's images that were recognized, NaN for a class without images.
  package func recall(_ label: Int) -> Double {
    Double(confusion[label][label]) / Double(images(label))
  }

  /// The fraction of the images taken for a class that belong to it, NaN where none were.
  package func precision(_ label: Int) -> Double {
    Double(confusion[label][label]) / Double(confusion.map { $0[label] }.reduce(0, +))
  }

  /// The number of images that were recognized, and that of all images.
  ///
  /// - Parameter isMeant: Says whose classes' images count.
  /// - Returns: Both numbers.
  package func recognized(
    where isMeant: (Int) -> Bool = { _ in true }
  ) -> (right: Int, images: Int) {
    confusion.indices.filter(isMeant).reduce((0, 0)) {
      ($0.0 + confusion[$1][$1], $0.1 + images($1))
    }
  }

  /// The class that the images of a class are most often mistaken for, the first of equals; `nil` where
  /// all are recognized.
  package func mostMistakenFor(_ label: Int) -> Int? {
    var most: Int?
    for other in confusion.indices where other != label && confusion[label][other] > 0 {
      if confusion[label][other] > most.map({ confusion[label][$0] }) ?? 0 { most = other }
    }
    return most
  }

  /// One row per class: images, precision, recall, and the class it is most often mistaken for.
  package var table: Table {
    Table(
      columns: ["class", "images", "precision", "recall", "most often mistaken for"],
      rows: confusion.indices.map { label in
        [
          "\(label) \(names[label])", Rounding.count(images(label)),
          precision(label).isNaN ? "–" : Rounding.fraction(precision(label)),
          recall(label).isNaN ? "–" : Rounding.fraction(recall(label)),
          mostMistakenFor(label).map { "\(names[$0]) (\(confusion[label][$0]))" } ?? "–",
        ]
      })
  }

  /// The confusion matrix: one row per label, one column per prediction.
  package var matrix: Table {
    Table(
      columns: ["label \\ predicted"] + confusion.indices.map(String.init),
      rows: confusion.indices.map { label in
        ["\(label) \(names[label])"] + confusion[label].map(String.init)
      })
  }
}
