import Support

/// Running sums over the steps of an epoch.
struct EpochSums: Equatable, Sendable {
  var steps = 0
  var loss = 0.0
  var correct = 0
  var images = 0
  var gradientNorm = 0.0
  var gradientNormMax = 0.0
  var clippedSteps = 0

  init() {}

  mutating func add(_ step: TrainingStep) {
    steps += 1
    loss += step.metrics.loss
    correct += step.correct
    images += step.images
    let norm = step.metrics.gradientNorm
    gradientNorm += norm
    // NaN fails every comparison, so that it becomes the maximum and stays it.
    if !(norm <= gradientNormMax) { gradientNormMax = norm }
    clippedSteps += step.isClipped ? 1 : 0
  }

  /// The row of the epoch.
  func metrics(epoch: Int, learningRate: Double, validation: Evaluation) -> EpochMetrics {
    EpochMetrics(
      epoch: epoch, learningRate: Float(learningRate), trainingLoss: loss / Double(steps),
      trainingAccuracy: Double(correct) / Double(images), validationLoss: validation.loss,
      validationAccuracy: validation.accuracy, gradientNormMean: gradientNorm / Double(steps),
      gradientNormMax: gradientNormMax, clippedSteps: clippedSteps)
  }

  /// The sums as text from which `init(fields:)` restores the same numbers.
  var fields: [String] {
    [
      "\(steps)", CSV.format(loss), "\(correct)", "\(images)", CSV.format(gradientNorm),
      CSV.format(gradientNormMax), "\(clippedSteps)",
    ]
  }

  init?(fields: [String]) {
    guard fields.count == 7, let steps = Int(fields[0]), let loss = Double(fields[1]),
      let correct = Int(fields[2]), let images = Int(fields[3]), let norm = Double(fields[4]),
      let largest = Double(fields[5]), let clipped = Int(fields[6]),
      // So that no product with a batch size can overflow.
      [steps, correct, images, clipped].allSatisfy({ (0...1 << 40).contains($0) })
    else { return nil }
    self.steps = steps
    self.loss = loss
    self.correct = correct
    self.images = images
    gradientNorm = norm
    gradientNormMax = largest
    clippedSteps = clipped
  }
}
