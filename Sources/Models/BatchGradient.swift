import NeuralNetwork
import Support

extension SqueezeNet {
  /// The loss of a batch, and the gradients of all parameters.
  ///
  /// Without batch statistics the images know nothing of each other: each goes forward and backward
  /// on its own, on one thread, and only the gradients are kept of it. What one layer writes is then
  /// still in the processor's cache when the next one reads it, and the memory of a batch is that of
  /// an image a thread. With batch norm all images go through each layer together.
  ///
  /// - Parameters:
  ///   - images: Normalized images, shape (N, H, W, 3).
  ///   - labels: N classes.
  ///   - draws: What names the random draws of dropout.
  /// - Returns: The loss; the parameters' gradients are replaced by those of its mean.
  package func lossWithGradients(images: Tensor, labels: [Int], draws: Draws) -> Loss {
    let count = images.shape.count
    guard configuration.normalization == .none else {
      for parameter in parameters { parameter.clearGradient() }
      let loss = softmaxCrossEntropy(
        logits: forward(images, mode: .training(draws)), labels: labels)
      backward(loss.gradient)
      return loss
    }
    let sums = ParameterGradientSums(of: parameters, images: count)
    let parts = Mutex([Int: Loss]())
    forEachBlock(sums.blocks.count) { replica, block in
      for image in sums.blocks[block] {
        var draws = draws
        draws.samples = [draws.samples[image]]
        let loss = softmaxCrossEntropy(
          logits: replica.forward(images.images(image..<image + 1), mode: .training(draws)),
          labels: [labels[image]], batchSize: count)
        replica.backward(loss.gradient)
        parts.withLock { $0[image] = loss }
      }
      sums.take(replica.parameters, for: block)
    }
    sums.write(to: parameters)
    return Loss(joining: parts.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value))
  }

  /// The logits of images, shape (N, 1, 1, classes), from running statistics and without dropout.
  package func logits(of images: Tensor) -> Tensor {
    let parts = Mutex([Int: [Float]]())
    let count = images.shape.count
    forEachBlock(count) { replica, image in
      let logits = replica.forward(images.images(image..<image + 1), mode: .evaluation).elements
      parts.withLock { $0[image] = logits }
    }
    return Tensor(
      shape: Shape(count, 1, 1, configuration.classes),
      elements: parts.withLock { $0 }.sorted { $0.key < $1.key }.flatMap(\.value))
  }

  /// Calls `body` with every number below `count` and a copy of this network that nobody else uses meanwhile.
  private func forEachBlock(_ count: Int, _ body: (SqueezeNet, _ block: Int) -> Void) {
    let fresh = Mutex([Replica]())
    Parallel.forEach(count) { block in
      let replica = fresh.withLock { $0.popLast() }?.network ?? replica()
      body(replica, block)
      fresh.withLock { $0.append(Replica(network: replica)) }
    }
    let used = fresh.withLock { $0 }
    if let network = used.first?.network {
      for (original, copy) in zip(parameters, network.parameters) { original.share(copy) }
    }
    replicas.withLock { $0 += used }
  }

  /// A network with the same state and its own activations and gradients.
  private func replica() -> SqueezeNet {
    let replica =
      replicas.withLock { $0.popLast() }?.network ?? SqueezeNet(configuration, engine: engine)
    for (copy, original) in zip(replica.parameters, parameters) { copy.share(original) }
    for (copy, original) in zip(replica.buffers, buffers) { copy.contents = original.contents }
    return replica
  }
}

/// A network that passes from thread to thread, never used by two at once.
struct Replica: @unchecked Sendable {
  let network: SqueezeNet
}
