import NeuralNetwork

extension SqueezeNet {
  /// The images that pass through a network together where no statistics are taken over the batch.
  ///
  /// Few, so that what one layer writes is still in the processor's cache when the next one reads it
  /// and a batch needs little memory; enough for as many threads. The gradients' order of summation
  /// follows from it, so another number changes the last bits.
  static let chunkSize = 8

  /// The loss of a batch, and the gradients of all parameters.
  ///
  /// Without batch statistics the images know nothing of each other: they take their turn in chunks,
  /// forward and backward, and only the chunks' gradients are kept. With batch norm all go through
  /// each layer together.
  ///
  /// - Parameters:
  ///   - images: Normalized images, shape (N, H, W, 3).
  ///   - labels: N classes.
  ///   - draws: What names the random draws of dropout.
  /// - Returns: The loss; the parameters' gradients are replaced by those of its mean.
  public func lossWithGradients(images: Tensor, labels: [Int], draws: Draws) -> Loss {
    let count = images.shape.count
    guard configuration.normalization == .none, count > Self.chunkSize else {
      let loss = softmaxCrossEntropy(
        logits: forward(images, mode: .training(draws)), labels: labels)
      backward(loss.gradient)
      return loss
    }
    let parameters = parameters
    let sums = GradientSums(of: parameters, count: Self.chunks(of: count).count)
    var total: Loss?
    for (index, chunk) in Self.chunks(of: count).enumerated() {
      var draws = draws
      draws.samples = Array(draws.samples[chunk])
      let logits = forward(images.images(chunk), mode: .training(draws))
      let loss = softmaxCrossEntropy(
        logits: logits, labels: Array(labels[chunk]), batchSize: count)
      backward(loss.gradient)
      sums.add(index)
      if total == nil { total = loss } else { total?.append(loss) }
    }
    sums.finish()
    guard let total else { preconditionFailure("a batch has images") }
    return total
  }

  /// The logits of images, shape (N, 1, 1, classes), from running statistics and without dropout.
  public func logits(of images: Tensor) -> Tensor {
    let parts = Self.chunks(of: images.shape.count).map {
      forward(images.images($0), mode: .evaluation)
    }
    return Tensor(
      shape: Shape(images.shape.count, 1, 1, configuration.classes),
      elements: parts.flatMap(\.elements))
  }

  private static func chunks(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: chunkSize).map { $0..<min(count, $0 + chunkSize) }
  }
}
