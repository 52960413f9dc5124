import NeuralNetwork
import Support

extension SqueezeNet {
  /// Computes the loss of a batch and the gradients of all parameters.
  ///
  /// Without batch norm the images of a batch are independent: a few at a time go forward and backward
  /// through a replica of the network on one thread, and only their gradients are kept. The output of a
  /// layer is then still in the processor's cache when the next one reads it, and a batch takes the
  /// memory of a few images per thread. With batch norm all images go through each layer together.
  ///
  /// - Parameters:
  ///   - images: Normalized images, shape (N, H, W, 3).
  ///   - labels: N classes.
  ///   - draws: The key of dropout's random draws.
  /// - Returns: The loss. The parameters' gradients are replaced by those of its mean.
  package func lossWithGradients(images: Tensor, labels: [Int], draws: Draws) -> Loss {
    let batch = images
    guard configuration.normalization == .none else {
      for parameter in parameters { parameter.clearGradient() }
      let loss = softmaxCrossEntropy(
        logits: forward(images, mode: .training(draws)), labels: labels)
      backward(loss.gradient)
      return loss
    }
    let sums = ParameterGradientSums(images: batch.shape.count)
    let losses = Mutex([Int: Loss]())
    forEachBlock(sums.blocks.count) { replica, block in
      for images in Self.passes(over: sums.blocks[block], of: batch.shape) {
        var draws = draws
        draws.samples = Array(draws.samples[images])
        let loss = softmaxCrossEntropy(
          logits: replica.forward(batch.images(images), mode: .training(draws)),
          labels: Array(labels[images]), batchSize: batch.shape.count)
        replica.backward(loss.gradient)
        losses.withLock { $0[images.lowerBound] = loss }
      }
      sums.takeGradients(of: replica.parameters, block: block)
    }
    sums.write(to: parameters)
    return Loss(joining: losses.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value))
  }

  /// Cuts a block of images into those that go through a replica together, which changes no bit: one for
  /// large images, whose activations fill the cache, and several small ones, which share the weights and
  /// the sums of their gradients there.
  static func passes(over block: Range<Int>, of shape: Shape) -> [Range<Int>] {
    let size = passSize(of: shape)
    return stride(from: block.lowerBound, to: block.upperBound, by: size).map {
      $0..<min(block.upperBound, $0 + size)
    }
  }

  /// The most images that go through a replica together: as many as have the pixels of two at 128 px.
  static func passSize(of shape: Shape) -> Int { max(1, 2 * 128 * 128 / max(1, shape.pixels)) }

  /// Computes the logits of images, shape (N, 1, 1, classes), with running statistics and without
  /// dropout.
  package func logits(of images: Tensor) -> Tensor {
    let logits = Mutex([Int: [Float]]())
    let count = images.shape.count
    let passes = Self.passes(over: 0..<count, of: images.shape)
    // The network itself serves one of the threads: unlike in training, nothing is kept in it.
    forEachBlock(passes.count, first: self) { network, pass in
      let output = network.forward(images.images(passes[pass]), mode: .evaluation).elements
      logits.withLock { $0[pass] = output }
    }
    return Tensor(
      shape: Shape(count, 1, 1, configuration.classes),
      elements: logits.withLock { $0 }.sorted { $0.key < $1.key }.flatMap(\.value))
  }

  /// Calls `body` for every block in 0 ..< `count` on all threads, each time with the first network or a
  /// replica of this one that no other thread uses.
  private func forEachBlock(
    _ count: Int, first: SqueezeNet? = nil, _ body: (SqueezeNet, _ block: Int) -> Void
  ) {
    let current = Mutex(first.map { [Replica(network: $0)] } ?? [])
    Parallel.forEach(count) { block in
      let replica = current.withLock { $0.popLast() }?.network ?? makeReplica()
      body(replica, block)
      current.withLock { $0.append(Replica(network: replica)) }
    }
    let used = current.withLock { $0.filter { $0.network !== first } }
    replicas.withLock { $0 += used }
  }

  /// Takes or builds a replica and gives it this network's state.
  private func makeReplica() -> SqueezeNet {
    let replica = replicas.withLock { $0.popLast() }?.network ?? buildReplica()
    for (copy, original) in zip(replica.parameters, parameters) { copy.share(original) }
    for (copy, original) in zip(replica.buffers, buffers) { copy.share(original) }
    return replica
  }

  /// Builds a network that shares this one's plans, so that weights are folded and packed once for all threads.
  private func buildReplica() -> SqueezeNet {
    let replica = SqueezeNet(configuration, engine: engine)
    for (copy, original) in zip(replica.convolutions, convolutions) {
      copy.sharePlan(of: original)
    }
    return replica
  }
}

extension Layer {
  /// All convolutions, in the order of the network's state.
  fileprivate var convolutions: [Conv2D] {
    (self as? Conv2D).map { [$0] } ?? children.flatMap { $0.layer.convolutions }
  }
}

/// A network that passes from thread to thread and is never used by two at once. It shares the value
/// of its parameters and the plans of its convolutions, but has separate activations and gradients.
struct Replica: @unchecked Sendable {
  let network: SqueezeNet
}
