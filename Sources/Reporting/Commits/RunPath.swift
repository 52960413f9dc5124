import Support
import Training

/// The place of a run's file below `reports/`.
///
/// Commits from before runs had folders by seed are read as if they had them: the seed was 0, and the arms
/// of a sweep over dropout rates were called by the rate, with at least two decimals. What was
/// `reports/demo/dropout/0.50/metrics.csv` is `reports/demo/dropout/dropout-0.5/seed-0/metrics.csv`.
struct RunPath: Equatable {
  /// The run's folder: `reports/demo/norm/seed-0`.
  let folder: String
  /// The file's path in that folder: `metrics.csv`, `unclipped/steps.csv`.
  let file: String

  /// The path of the file.
  var text: String { "\(folder)/\(file)" }

  /// Reads a path of either layout; `nil` if it is not that of a run's file.
  init?(_ path: String) {
    let words = path.split(separator: "/").map(String.init)
    guard words.count > 3, words[0] == "reports" else { return nil }
    var rest = words.dropFirst(3)
    var folder = words.prefix(3).joined(separator: "/")
    if let word = rest.first, rest.count > 1, Arm.seed(ofFolder: word) == nil {
      let arm = Arm(folder: word) ?? Double(word).map { Arm([.init("dropout", CSV.format($0))]) }
      if let arm {
        folder += "/\(arm.folder)"
        rest = rest.dropFirst()
      }
    }
    if let word = rest.first, rest.count > 1, Arm.seed(ofFolder: word) != nil {
      folder += "/\(word)"
      rest = rest.dropFirst()
    } else {
      let file = RunFile(path: path)
      guard let file, ![.runs, .summary].contains(file) else { return nil }
      folder += "/seed-0"
    }
    self.folder = folder
    file = rest.joined(separator: "/")
  }
}
