import Support

/// One row of `metrics.csv`.
package struct EpochMetrics: Equatable, Sendable {
  /// The epoch, from 1.
  package var epoch: Int
  /// The learning rate of all of the epoch's steps.
  package var learningRate: Float
  /// The mean over the epoch's batches of their mean losses.
  package var trainingLoss: Double
  /// The fraction of images classified correctly during the epoch, 0...1.
  package var trainingAccuracy: Double
  /// The mean over the batches of the validation images, after the epoch.
  package var validationLoss: Double
  /// The fraction of validation images classified correctly after the epoch, 0...1.
  package var validationAccuracy: Double
  /// The mean over the epoch's steps of the gradient norm before clipping.
  package var gradientNormMean: Double
  /// The largest gradient norm before clipping.
  package var gradientNormMax: Double
  /// The number of steps whose gradients were scaled down.
  package var clippedSteps: Int

  /// The columns of `metrics.csv`.
  package static let columns = [
    "epoch", "learning_rate", "train_loss", "train_accuracy", "val_loss", "val_accuracy",
    "gradient_norm_mean", "gradient_norm_max", "clipped_steps",
  ]

  /// The fields of the row.
  package var row: [String] {
    [
      "\(epoch)", CSV.format(learningRate), CSV.format(trainingLoss), CSV.format(trainingAccuracy),
      CSV.format(validationLoss), CSV.format(validationAccuracy), CSV.format(gradientNormMean),
      CSV.format(gradientNormMax), "\(clippedSteps)",
    ]
  }

  /// The values that TensorBoard shows of the epoch: every column but the first.
  var scalars: [(name: String, value: Float)] {
    zip(Self.columns, row).dropFirst().map { ($0, Float($1) ?? .nan) }
  }

  /// Formats the row as the notebook does at the end of an epoch.
  ///
  /// - Parameters:
  ///   - epochs: The epochs of the run.
  ///   - seconds: How long the epoch's training took.
  /// - Returns: The line, without a line feed.
  func line(of epochs: Int, seconds: Double) -> String {
    "Epoch: \(epoch)/\(epochs) Train Loss: \(decimals(trainingLoss, 4)) "
      + "Accuracy: \(decimals(trainingAccuracy, 4)) Time: \(decimals(seconds, 5))  "
      + "| Val Loss: \(decimals(validationLoss, 4)) Accuracy: \(decimals(validationAccuracy, 4))"
  }
}

extension EpochMetrics {
  /// Parses the fields of a row; `nil` if they are not those of one.
  init?(row: [String]) {
    guard row.count == Self.columns.count, let epoch = Int(row[0]), let rate = Float(row[1]),
      let clipped = Int(row[8])
    else { return nil }
    let numbers = row[2...7].compactMap { Double($0) }
    guard numbers.count == 6 else { return nil }
    self.init(
      epoch: epoch, learningRate: rate, trainingLoss: numbers[0], trainingAccuracy: numbers[1],
      validationLoss: numbers[2], validationAccuracy: numbers[3], gradientNormMean: numbers[4],
      gradientNormMax: numbers[5], clippedSteps: clipped)
  }

  /// The best validation accuracy of a `metrics.csv` and the first epoch that reached it; `nil` if no
  /// epoch is finished.
  package static func best(of metrics: Table) -> (accuracy: Double, epoch: Int)? {
    let accuracies = (metrics["val_accuracy"] ?? []).map { Double($0) ?? .nan }
    guard let best = accuracies.filter({ !$0.isNaN }).max(),
      let row = accuracies.firstIndex(of: best),
      let epoch = metrics["epoch"].flatMap({ Int($0[row]) })
    else { return nil }
    return (best, epoch)
  }
}
