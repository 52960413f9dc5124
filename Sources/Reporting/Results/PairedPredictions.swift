import Support

/// The answers of two runs to the same images.
///
/// Images on which both are right, or both wrong, do not tell the runs apart; the others do.
package struct PairedPredictions: Equatable, Sendable {
  /// The images that both runs have an answer to.
  package let images: Int
  /// Those on which only the first run is right.
  package let onlyFirst: Int
  /// Those on which only the second run is right.
  package let onlySecond: Int

  /// Pairs the rows of two `predictions.csv` by the paths of their images; `nil` if they have no image in
  /// common.
  ///
  /// - Parameters:
  ///   - first: Columns `path`, `label` and `predicted`.
  ///   - second: The same columns.
  ///   - names: What an error calls the files.
  /// - Throws: `Failure` with code 65 where a column is missing.
  package init?(_ first: Table, _ second: Table, names: (String, String)) throws {
    let second = Dictionary(
      try Self.answers(second, name: names.1).map { ($0.path, $0.isRight) },
      uniquingKeysWith: { earlier, _ in earlier })
    var (images, onlyFirst, onlySecond) = (0, 0, 0)
    for (path, isRight) in try Self.answers(first, name: names.0) {
      guard let isRightThere = second[path] else { continue }
      images += 1
      if isRight, !isRightThere { onlyFirst += 1 }
      if !isRight, isRightThere { onlySecond += 1 }
    }
    guard images > 0 else { return nil }
    (self.images, self.onlyFirst, self.onlySecond) = (images, onlyFirst, onlySecond)
  }

  private static func answers(
    _ table: Table, name: String
  ) throws -> [(path: String, isRight: Bool)] {
    guard let paths = table["path"], let labels = table["label"], let predicted = table["predicted"]
    else { throw Failure(.corrupt, "\(name): expected the columns path, label and predicted") }
    return paths.indices.map { (paths[$0], labels[$0] == predicted[$0]) }
  }

  /// The first run's accuracy minus the second's.
  package var difference: Double { Double(onlyFirst - onlySecond) / Double(images) }

  /// The p-value of McNemar's exact test: how likely two equally accurate runs would disagree at least as
  /// one-sidedly.
  package var pValue: Double {
    Statistics.mcNemarTest(onlyFirst: onlyFirst, onlySecond: onlySecond)
  }

  /// The paired bootstrap's 95 % interval of the difference, the same whenever it is computed. It is about
  /// the images alone, not about other seeds.
  package var interval: ClosedRange<Double> {
    var stream = RandomStream(seed: 0, purpose: .bootstrap)
    return Statistics.bootstrapInterval(
      onlyFirst: onlyFirst, onlySecond: onlySecond, of: images, using: &stream)
  }
}
