import Support

/// How often each class was taken for each other.
package struct ConfusionMatrix: Equatable, Sendable {
  /// The names of the classes.
  package let names: [String]
  /// Images by label (outer) and prediction (inner).
  package let confusion: [[Int]]

  /// Counts the rows of a `predictions.csv`.
  ///
  /// - Parameters:
  ///   - predictions: Columns `path`, `label` and `predicted`, the latter two indices of classes.
  ///   - names: Names for folders of images; a folder that is not in it keeps its own name.
  ///   - classes: How many the network tells apart, where that is known: some may have no images.
  ///   - path: What an error calls the file.
  /// - Throws: `Failure` with code 65 where a column is missing or a class is not an index.
  package init(
    predictions: Table, names: [String: String] = [:], classes: Int? = nil, path: String
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
    // Labels follow the order of the folders: where those with images are the known ones, so are the
    // others.
    let known = names.keys.sorted()
    if known.count == count, folders.allSatisfy({ known[$0.key] == $0.value }) {
      for label in known.indices { folders[label] = known[label] }
    }
    self.names = (0..<count).map { label in
      folders[label].map { names[$0] ?? $0 } ?? String(label)
    }
    self.confusion = confusion
  }

  /// The number of images of a class.
  package func images(_ label: Int) -> Int { confusion[label].reduce(0, +) }

  /// The fraction of a class's images that were recognized, NaN for a class without images.
  package func recall(_ label: Int) -> Double {
    Double(confusion[label][label]) / Double(images(label))
  }

  /// The fraction of the images taken for a class that are of it, NaN where none was.
  package func precision(_ label: Int) -> Double {
    Double(confusion[label][label]) / Double(confusion.map { $0[label] }.reduce(0, +))
  }

  /// The class that a class's images are most often mistaken for, the first of equals.
  package func mostMistakenFor(_ label: Int) -> Int? {
    var most: Int?
    for other in confusion.indices where other != label && confusion[label][other] > 0 {
      if confusion[label][other] > most.map({ confusion[label][$0] }) ?? 0 { most = other }
    }
    return most
  }

  /// A row a class: images, precision, recall, and what it is most often mistaken for.
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

  /// The confusion matrix: a row a label, a column a prediction.
  package var matrix: Table {
    Table(
      columns: ["label \\ predicted"] + confusion.indices.map(String.init),
      rows: confusion.indices.map { label in
        ["\(label) \(names[label])"] + confusion[label].map(String.init)
      })
  }
}
