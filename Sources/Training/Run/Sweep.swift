import Support

/// A rate as the name of its folder, `0.50`: two decimals, or more where it has more.
func rateText(_ rate: Double) -> String {
  let short = decimals(rate, 2)
  return Double(short) == rate ? short : CSV.format(rate)
}

/// The runs of a sweep and their `summary.csv`.
struct Sweep {
  let rates: [Double]
  let folder: String
  /// What all runs have in common.
  let identity: RunIdentity
  /// Whether runs that a stopped sweep has finished are left as they are.
  let resumes: Bool

  private static let columns = [
    "dropout", "epochs", "train_loss", "train_accuracy", "val_loss", "val_accuracy",
    "best_val_accuracy", "best_epoch",
  ]

  /// Calls `train` with each rate that is not finished yet and its run's folder.
  func run(_ train: (Double, String) throws -> Void) throws {
    try Files.createFolder(folder)
    var finished = resumes ? finishedRates() : []
    var table = Table(columns: Self.columns)
    for rate in rates {
      let run = "\(folder)/\(rateText(rate))"
      if !finished.contains(rateText(rate)) {
        try train(rate, run)
        finished.append(rateText(rate))
        try Files.write(
          Table(columns: [identity.digest], rows: finished.map { [$0] }).text, to: journal)
      }
      table.append(try Self.row(rate, metrics: "\(run)/metrics.csv"))
    }
    try Files.write(table.text, to: "\(folder)/summary.csv")
    Files.remove(journal)
  }

  /// Lists the runs that this sweep has finished, under a header that names its settings.
  private var journal: String { "\(folder)/sweep.partial" }

  private func finishedRates() -> [String] {
    guard let text = try? Files.readText(journal),
      let table = try? Table(parsing: text, name: journal),
      let rates = table[identity.digest]
    else { return [] }
    return rates.filter { Files.exists("\(folder)/\($0)/metrics.csv") }
  }

  private static func row(_ rate: Double, metrics path: String) throws -> [String] {
    let table = try Table(parsing: try Files.readText(path), name: path)
    let epochs = table.rows.compactMap(EpochMetrics.init(row:))
    // Of equal ones the first is the best.
    let best = epochs.max {
      ($0.validationAccuracy, -$0.epoch) < ($1.validationAccuracy, -$1.epoch)
    }
    guard let last = epochs.last, let best else {
      throw Failure(.corrupt, "\(path): expected a row for every epoch")
    }
    return [
      CSV.format(rate), "\(epochs.count)", CSV.format(last.trainingLoss),
      CSV.format(last.trainingAccuracy), CSV.format(last.validationLoss),
      CSV.format(last.validationAccuracy), CSV.format(best.validationAccuracy), "\(best.epoch)",
    ]
  }
}
