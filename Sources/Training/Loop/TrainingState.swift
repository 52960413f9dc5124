/// The progress of a training, apart from the network and its optimizer.
struct TrainingState: Equatable, Sendable {
  /// The epoch in training, from 1; one more than the last when all are finished.
  var epoch = 1
  /// Running sums over the epoch's steps.
  var sums = EpochSums()
  /// The rows of `metrics.csv` so far.
  var epochs: [EpochMetrics] = []
  /// The rows of `steps.csv` so far, if that file is to be written.
  var steps: [StepMetrics] = []
  /// The SHA-256 of the code that computed it; `nil` if it is not known.
  var code: String?

  /// The progress in words, `after step 3 of epoch 2`.
  var place: String {
    sums.steps > 0 ? "after step \(sums.steps) of epoch \(epoch)" : "after epoch \(epoch - 1)"
  }

  /// The steps finished since the training started.
  func finishedSteps(perEpoch: Int) -> Int { (epoch - 1) * perEpoch + sums.steps }

  /// The epoch with the best validation accuracy so far, the first of equals; `nil` before the first.
  var bestEpoch: Int? {
    epochs.reduce(into: nil) { (best: inout EpochMetrics?, row) in
      if row.validationAccuracy > best?.validationAccuracy ?? -1 { best = row }
    }?.epoch
  }

  /// Appends the row of an epoch and moves on to the next one.
  mutating func finishEpoch(_ metrics: EpochMetrics) {
    epochs.append(metrics)
    epoch += 1
    sums = EpochSums()
  }
}
