import Support

/// The notebook's own curves: one row per experiment and epoch that it printed.
struct NotebookCurves {
  /// The names of experiments.
  let names: [String]
  let epochs: [Double]
  /// Of the validation images.
  let accuracies: [Double]

  /// The file, relative to the package's root.
  static let path = "reports/reference/notebook_curves.csv"

  /// Reads the curves; `nil` without the file, and for generated images, which the notebook never saw.
  ///
  /// - Throws: `Failure` with code 65 where the file is damaged.
  init?(for results: Results) throws {
    guard results.isOnImagenette,
      let table = try Results.table(Self.path, root: results.root)
    else { return nil }
    guard let names = table["experiment"], let epochs = table.numbers("epoch"),
      let accuracies = table.numbers("val_accuracy")
    else {
      throw Failure(.corrupt, "\(Self.path): expected the columns experiment, epoch, val_accuracy")
    }
    (self.names, self.epochs, self.accuracies) = (names, epochs, accuracies)
  }

  /// The epochs of the notebook's schedule.
  var schedule: Int { Int(epochs.max() ?? 0) }

  /// The notebook's name of an experiment, `nil` where it has none.
  static func name(of experiment: ExperimentResults) -> String? {
    ["no-norm": "no-norm", "norm": "batch-norm"][experiment.name]
  }
}
