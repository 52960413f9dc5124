import NeuralNetwork
import Support
import Synchronization

extension SqueezeNet {
  /// The most images that go through a network of one thread together, to keep their activations in
  /// the processor's caches.
  private static let chunkSize = 4

  /// The loss of a batch, and the gradients of all parameters.
  ///
  /// Without batch statistics the images know nothing of each other: each block of the batch goes
  /// forward and backward on its own, on one thread from the images to the gradients, and only these
  /// are kept of it. What one layer writes is then still in the processor's cache when the next one
  /// reads it, and the memory of a batch is that of a few images. With batch norm all images go
  /// through each layer together.
  ///
  /// - Parameters:
  ///   - images: Normalized images, shape (N, H, W, 3).
  ///   - labels: N classes.
  ///   - draws: What names the random draws of dropout.
  /// - Returns: The loss; the parameters' gradients are replaced by those of its mean.
  public func lossWithGradients(images: Tensor, labels: [Int], draws: Draws) -> Loss {
    let count = images.shape.count
    guard configuration.normalization == .none else {
      let loss = softmaxCrossEntropy(
        logits: forward(images, mode: .training(draws)), labels: labels)
      backward(loss.gradient)
      return loss
    }
    let sums = GradientSums(of: parameters, images: count)
    let parts = Mutex([Int: Loss]())
    forEachChunk(of: sums.blocks) { replica, block, chunk in
      var draws = draws
      draws.samples = Array(draws.samples[chunk])
      let loss = softmaxCrossEntropy(
        logits: replica.forward(images.images(chunk), mode: .training(draws)),
        labels: Array(labels[chunk]), batchSize: count)
      replica.backward(loss.gradient)
      sums.add(replica.parameters, to: block)
      parts.withLock { $0[chunk.lowerBound] = loss }
    }
    sums.write(to: parameters)
    return Loss(joining: parts.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value))
  }

  /// The logits of images, shape (N, 1, 1, classes), from running statistics and without dropout.
  public func logits(of images: Tensor) -> Tensor {
    let parts = Mutex([Int: [Float]]())
    let count = images.shape.count
    let blocks = stride(from: 0, to: count, by: Self.chunkSize).map {
      $0..<min(count, $0 + Self.chunkSize)
    }
    forEachChunk(of: blocks) { replica, _, chunk in
      let logits = replica.forward(images.images(chunk), mode: .evaluation).elements
      parts.withLock { $0[chunk.lowerBound] = logits }
    }
    return Tensor(
      shape: Shape(count, 1, 1, configuration.classes),
      elements: parts.withLock { $0 }.sorted { $0.key < $1.key }.flatMap(\.value))
  }

  /// Calls `body` with the images of every block, a few at a time and in order, and a copy of this
  /// network that nobody else uses meanwhile.
  private func forEachChunk(
    of blocks: [Range<Int>], _ body: (SqueezeNet, _ block: Int, _ images: Range<Int>) -> Void
  ) {
    let fresh = Mutex([Replica]())
    Parallel.forEach(blocks.count) { block in
      let replica = fresh.withLock { $0.popLast() }?.network ?? replica()
      for first in stride(
        from: blocks[block].lowerBound, to: blocks[block].upperBound, by: Self.chunkSize)
      {
        body(replica, block, first..<min(blocks[block].upperBound, first + Self.chunkSize))
      }
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
