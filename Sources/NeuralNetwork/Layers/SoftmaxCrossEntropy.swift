import Support

/// The loss of a batch with its gradient, and the predictions.
package struct Loss: Sendable {
  /// The mean over the batch.
  package var mean: Double
  /// The loss of each image, in nats.
  package var losses: [Double]
  /// The class with the largest logit for each image; the first of equal ones.
  package var predictions: [Int]
  /// The probability of each predicted class, 0 ... 1.
  package var probabilities: [Double]
  /// The gradient of the mean with respect to the logits: (softmax − one-hot) / N, shape
  /// (N, 1, 1, classes).
  package var gradient: Tensor

  fileprivate init(
    losses: [Double], predictions: [Int], probabilities: [Double], gradient: Tensor
  ) {
    mean = Self.mean(of: losses)
    self.losses = losses
    self.predictions = predictions
    self.probabilities = probabilities
    self.gradient = gradient
  }

  /// Joins the losses of a batch's parts, which were computed with the whole batch's size.
  package init(joining parts: [Loss]) {
    let gradients = parts.map(\.gradient)
    let shape = gradients.first?.shape ?? Shape(0, 0, 0, 0)
    let count = gradients.reduce(0) { $0 + $1.shape.count }
    self.init(
      losses: parts.flatMap(\.losses), predictions: parts.flatMap(\.predictions),
      probabilities: parts.flatMap(\.probabilities),
      gradient: Tensor(
        shape: Shape(count, shape.height, shape.width, shape.channels),
        elements: gradients.flatMap(\.elements)))
  }

  fileprivate static func mean(of losses: [Double]) -> Double {
    var sum = 0.0
    for loss in losses { sum += loss }
    return sum / Double(losses.count)
  }
}

/// Softmax and cross entropy (PyTorch's `CrossEntropyLoss`, reduction "mean").
///
/// - Parameters:
///   - logits: Shape (N, 1, 1, classes).
///   - labels: N classes.
///   - batchSize: The number of images in the mean that is differentiated, where these are a part of
///     a batch.
/// - Returns: The loss with its gradient, computed in double precision.
/// - Precondition: Every label is in 0 ..< classes.
package func softmaxCrossEntropy(
  logits: Tensor, labels: [Int], batchSize: Int? = nil
) -> Loss {
  let (count, classes) = (logits.shape.count, logits.shape.imageSize)
  precondition(labels.count == count, "one label per image")
  let values = logits.elements
  var gradient = values
  var (losses, predictions, probabilities) = ([Double](), [Int](), [Double]())
  for n in 0..<count {
    let label = labels[n]
    precondition((0..<classes).contains(label), "label \(label) of \(classes) classes")
    let row = values[n * classes..<(n + 1) * classes]
    let probability = softmax(row)
    let prediction = argmax(row)
    let largest = Double(row[row.startIndex + prediction])
    // The log softmax is computed from the logits, so that the loss stays finite where the
    // probability underflows.
    var sum = 0.0
    for value in row { sum += Elementary.exp(Double(value) - largest) }
    losses.append(Elementary.log(sum) - (Double(row[row.startIndex + label]) - largest))
    predictions.append(prediction)
    probabilities.append(probability[prediction])
    for c in 0..<classes {
      let target = c == label ? 1.0 : 0.0
      gradient[n * classes + c] = Float((probability[c] - target) / Double(batchSize ?? count))
    }
  }
  return Loss(
    losses: losses, predictions: predictions, probabilities: probabilities,
    gradient: Tensor(shape: logits.shape, elements: gradient))
}

/// Computes eᶻ / Σ eᶻ in double precision, relative to the largest logit.
package func softmax(_ logits: some Collection<Float>) -> [Double] {
  var largest = -Double.infinity
  for logit in logits where !(Double(logit) <= largest) { largest = Double(logit) }
  let exponentials = logits.map { Elementary.exp(Double($0) - largest) }
  var sum = 0.0
  for value in exponentials { sum += value }
  return exponentials.map { $0 / sum }
}

/// The index of the largest logit, the first of equal ones; NaN counts as the largest.
private func argmax(_ row: ArraySlice<Float>) -> Int {
  var best = row.startIndex
  for i in row.indices where row[i] > row[best] || (row[i].isNaN && !row[best].isNaN) { best = i }
  return best - row.startIndex
}
