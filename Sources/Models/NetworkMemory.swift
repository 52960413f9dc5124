import NeuralNetwork

extension SqueezeNet {
  /// The peak memory of a training step for activations, gradients and their sums.
  ///
  /// Without batch norm every thread holds a few images at a time; see `lossWithGradients`.
  ///
  /// - Parameters:
  ///   - batch: The number of images in a step.
  ///   - imageSize: Their height and width in pixels.
  ///   - threads: The number of threads.
  /// - Returns: Bytes.
  package func trainingMemory(batch: Int, imageSize: Int, threads: Int) -> Int {
    let isWhole = configuration.normalization == .batch
    let blocks = ParameterGradientSums.blocks(of: batch)
    var image = Shape(batch, imageSize, imageSize, 3)
    if !isWhole { image.count = min(blocks.first?.count ?? 1, Self.passSize(of: image)) }
    let passes = memory(for: image, threads: isWhole ? threads : 1)
    let peak = LayerMemory.peak(
      passes.forward + [outputShape(for: image).elements] + passes.backward)
    let numbers =
      isWhole
      ? peak
      : min(threads, blocks.count) * peak
        + ParameterGradientSums.memory(parameters, images: batch, threads: threads)
    return numbers * MemoryLayout<Float>.size
  }

  /// The peak memory for computing the logits of a batch, where every thread holds a few images at a
  /// time; see `logits(of:)`.
  ///
  /// - Parameters:
  ///   - batch: The number of images.
  ///   - imageSize: Their height and width in pixels.
  ///   - threads: The number of threads.
  /// - Returns: Bytes.
  package func evaluationMemory(batch: Int, imageSize: Int, threads: Int) -> Int {
    var image = Shape(batch, imageSize, imageSize, 3)
    let passes = Self.passes(over: 0..<batch, of: image)
    image.count = passes.first?.count ?? 0
    let peaks = zip(children, childInputs(for: image)).map { child, input in
      LayerMemory.peak([input.elements] + child.layer.memory(for: input, threads: 1).forward)
    }
    return min(threads, passes.count) * (peaks.max() ?? 0) * MemoryLayout<Float>.size
  }
}
