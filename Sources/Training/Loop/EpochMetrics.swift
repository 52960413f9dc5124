import Support

/// One row of `metrics.csv`.
package struct EpochMetrics: Equatable, Sendable {
  /// From 1.
  package var epoch: Int
  /// The rate of all of the epoch's steps.
  package var learningRate: Float
  /// The mean over the epoch's batches of their mean losses.
  package var trainingLoss: Double
  /// The share of right predictions during the epoch, 0 ... 1.
  package var trainingAccuracy: Double
  /// Like the training loss, over batches of the same size.
  package var validationLoss: Double
  /// The share of right predictions after the epoch, 0 ... 1.
  package var validationAccuracy: Double
  /// The mean over the epoch's steps of the gradient norm before clipping.
  package var gradientNormMean: Double
  /// The largest of them.
  package var gradientNormMax: Double
  /// The steps whose gradients were scaled down.
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

  /// What an event says of the epoch: every column but the first.
  var scalars: [(name: String, value: Float)] {
    zip(Self.columns, row).dropFirst().map { ($0, Float($1) ?? .nan) }
  }

  /// The notebook's line for an epoch whose training took some seconds.
  func line(of epochs: Int, seconds: Double) -> String {
    "Epoch: \(epoch)/\(epochs) Train Loss: \(decimals(trainingLoss, 4)) "
      + "Accuracy: \(decimals(trainingAccuracy, 4)) Time: \(decimals(seconds, 5))  "
      + "| Val Loss: \(decimals(validationLoss, 4)) Accuracy: \(decimals(validationAccuracy, 4))"
  }
}

extension EpochMetrics {
  /// A row as numbers, `nil` where it is none.
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
}

/// One row of `steps.csv`.
package struct StepMetrics: Equatable, Sendable {
  /// From 1.
  package var epoch: Int
  /// The step within its epoch, from 1.
  package var step: Int
  /// The rate of the step.
  package var learningRate: Float
  /// The mean loss of the batch, before the step.
  package var loss: Double
  /// Before clipping.
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
  /// A row as numbers, `nil` where it is none.
  init?(row: [String]) {
    guard row.count == Self.columns.count, let epoch = Int(row[0]), let step = Int(row[1]),
      let rate = Float(row[2]), let loss = Double(row[3]), let norm = Double(row[4])
    else { return nil }
    self.init(epoch: epoch, step: step, learningRate: rate, loss: loss, gradientNorm: norm)
  }
}

/// What an epoch has summed up so far.
struct EpochSums: Equatable, Sendable {
  var steps = 0
  var loss = 0.0
  var correct = 0
  var images = 0
  var gradientNorm = 0.0
  var gradientNormMax = 0.0
  var clippedSteps = 0

  mutating func add(loss: Double, correct: Int, images: Int, gradientNorm: Double, clipped: Bool) {
    steps += 1
    self.loss += loss
    self.correct += correct
    self.images += images
    self.gradientNorm += gradientNorm
    // Written so that NaN stays.
    if !(gradientNorm <= gradientNormMax) { gradientNormMax = gradientNorm }
    clippedSteps += clipped ? 1 : 0
  }

  func metrics(epoch: Int, learningRate: Double, validation: Evaluation) -> EpochMetrics {
    EpochMetrics(
      epoch: epoch, learningRate: Float(learningRate), trainingLoss: loss / Double(steps),
      trainingAccuracy: Double(correct) / Double(images), validationLoss: validation.loss,
      validationAccuracy: validation.accuracy, gradientNormMean: gradientNorm / Double(steps),
      gradientNormMax: gradientNormMax, clippedSteps: clippedSteps)
  }

  /// The sums as text that reads back as the same numbers.
  var fields: [String] {
    [
      "\(steps)", CSV.format(loss), "\(correct)", "\(images)", CSV.format(gradientNorm),
      CSV.format(gradientNormMax), "\(clippedSteps)",
    ]
  }

  init() {}

  init?(fields: [String]) {
    guard fields.count == 7, let steps = Int(fields[0]), let loss = Double(fields[1]),
      let correct = Int(fields[2]), let images = Int(fields[3]), let norm = Double(fields[4]),
      let largest = Double(fields[5]), let clipped = Int(fields[6]),
      // No larger than what can be multiplied with a batch.
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
