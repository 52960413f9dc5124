import Support

/// One row of `steps.csv`.
package struct StepMetrics: Equatable, Sendable {
  /// The epoch, from 1.
  package var epoch: Int
  /// The step within its epoch, from 1.
  package var step: Int
  /// The learning rate of the step.
  package var learningRate: Float
  /// The mean loss of the batch before the update.
  package var loss: Double
  /// The norm of all gradients before clipping.
  package var gradientNorm: Double

  /// The columns of `steps.csv`.
  package static let columns = ["epoch", "step", "learning_rate", "loss", "gradient_norm"]

  /// The fields of the row.
  package var row: [String] {
    [
      "\(epoch)", "\(step)", CSV.format(learningRate), CSV.format(loss), CSV.format(gradientNorm),
    ]
  }
}

extension StepMetrics {
  /// Parses the fields of a row; `nil` if they are not those of one.
  init?(row: [String]) {
    guard row.count == Self.columns.count, let epoch = Int(row[0]), let step = Int(row[1]),
      let rate = Float(row[2]), let loss = Double(row[3]), let norm = Double(row[4])
    else { return nil }
    self.init(epoch: epoch, step: step, learningRate: rate, loss: loss, gradientNorm: norm)
  }
}
