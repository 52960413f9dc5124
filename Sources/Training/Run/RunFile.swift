/// The files in the folder of a run or an experiment.
package enum RunFile: String, CaseIterable, Sendable {
  /// One row per epoch.
  case metrics = "metrics.csv"
  /// One row per validation image, from the final weights.
  case predictions = "predictions.csv"
  /// One row per step, written only on request.
  case steps = "steps.csv"
  /// Everything needed to repeat the run.
  case record = "run.json"
  /// Training images as the network saw them.
  case samples = "samples.jpeg"
  /// The validation images with the highest losses.
  case mistakes = "mistakes.jpeg"
  /// The weights of the first convolution.
  case filters = "filters.csv"
  /// The final weights, which are not committed.
  case weights = "model.safetensors"
  /// The weights of the epoch with the best validation accuracy, which are not committed either.
  case best = "best.safetensors"
  /// These, while the run is not complete.
  case partialBest = "best.checkpoint.safetensors"
  /// The state of a run that is not complete.
  case checkpoint = "checkpoint.safetensors"
  /// Locked by the process that trains.
  case lock = ".lock"
  /// An experiment's runs, one row each.
  case runs = "runs.csv"
  /// An experiment's arms, one row each.
  case summary = "summary.csv"

  /// The file's name within its folder.
  package var name: String { rawValue }

  /// The files that a run makes for its report.
  package static let pictures: [RunFile] = [.samples, .mistakes, .filters]

  /// The file at the end of a path, `nil` if it is not one of a run's.
  package init?(path: String) {
    self.init(rawValue: String(path.split(separator: "/").last ?? ""))
  }

  /// The file's path in a folder.
  package func path(in folder: String) -> String { "\(folder)/\(rawValue)" }
}
