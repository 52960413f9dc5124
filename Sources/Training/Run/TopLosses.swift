import Support

/// The wrong answers with the highest losses.
package enum TopLosses {
  /// The number of them that reports show.
  package static let shown = 12

  /// The rows of the wrong answers in a `predictions.csv`, highest loss first, equal losses in the order
  /// of the file. A loss of NaN counts as the highest.
  ///
  /// - Parameters:
  ///   - predictions: A table with columns `label`, `predicted` and `loss`.
  ///   - path: The file's name in errors.
  /// - Returns: The indices of the rows.
  /// - Throws: `Failure` with code 65 if a column is missing.
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
