import Support

/// Which validation images a network is most wrong about.
package enum TopLosses {
  /// How many of them are shown.
  package static let shown = 12

  /// The rows of wrong answers in a `predictions.csv`, the highest loss first, those of equal loss in
  /// the order of the file. A loss that is no number counts as the highest.
  ///
  /// - Parameters:
  ///   - predictions: Columns `label`, `predicted` and `loss`.
  ///   - path: What an error calls the file.
  /// - Returns: Their numbers, from 0.
  /// - Throws: `Failure` with code 65 where a column is missing.
  package static func rows(of predictions: Table, path: String) throws -> [Int] {
    guard let labels = predictions["label"], let predicted = predictions["predicted"],
      let losses = predictions["loss"]?.map({ Double($0) ?? .nan })
    else {
      throw Failure(.corrupt, "\(path): expected the columns label, predicted and loss")
    }
    func rank(_ row: Int) -> Double { losses[row].isNaN ? .infinity : losses[row] }
    return labels.indices.filter { labels[$0] != predicted[$0] }
      .sorted { (rank($1), $0) < (rank($0), $1) }
  }
}
