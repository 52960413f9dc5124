import NeuralNetwork
import Support

extension SqueezeNet {
  /// Computes the loss of a batch and the gradients of all parameters.
  ///
  /// Without batch norm the images of a batch are independent: each goes forward and backward through
  /// a replica of the network on one thread, and only its gradients are kept. The output of a layer is
  /// then still in the processor's cache when the next one reads it, and a batch takes the memory of
  /// one image per thread. With batch norm all images go through each layer together.
  ///
  /// - Parameters:
  ///   - images: Normalized images, shape (N, H, W, 3).
  ///   - labels: N classes.
  ///   - draws: The key of dropout's random draws.
  /// - Returns: The loss. The parameters' gradients are replaced by those of its mean.
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
    let losses = Mutex([Int: Loss]())
    forEachBlock(sums.blocks.count) { replica, block in
      for image in sums.blocks[block] {
        var draws = draws
        draws.samples = [draws.samples[image]]
        let loss = softmaxCrossEntropy(
          logits: replica.forward(images.images(image..<image + 1), mode: .training(draws)),
          labels: [labels[image]], batchSize: count)
        replica.backward(loss.gradient)
        losses.withLock { $0[image] = loss }
      }
      sums.takeGradients(of: replica.parameters, block: block)
    }
    sums.write(to: parameters)
    return Loss(joining: losses.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value))
  }

  /// Computes the logits of images, shape (N, 1, 1, classes), with running statistics and without
  /// dropout.
  package func logits(of images: Tensor) -> Tensor {
    let logits = Mutex([Int: [Float]]())
    let count = images.shape.count
    forEachBlock(count) { replica, image in
      let output = replica.forward(images.images(image..<image + 1), mode: .evaluation).elements
      logits.withLock { $0[image] = output }
    }
    return Tensor(
      shape: Shape(count, 1, 1, configuration.classes),
      elements: logits.withLock { $0 }.sorted { $0.key < $1.key }.flatMap(\.value))
  }

  /// Calls `body` for every block in 0 ..< `count` on all threads, each time with a replica of this
  /// network that no other thread uses.
  private func forEachBlock(_ count: Int, _ body: (SqueezeNet, _ block: Int) -> Void) {
    let current = Mutex([Replica]())
    Parallel.forEach(count) { block in
      let replica = current.withLock { $0.popLast() }?.network ?? makeReplica()
      body(replica, block)
      current.withLock { $0.append(Replica(network: replica)) }
    }
    let used = current.withLock { $0 }
    replicas.withLock { $0 += used }
  }

  /// Takes or builds a replica and gives it this network's state.
  private func makeReplica() -> SqueezeNet {
    let replica = replicas.withLock { $0.popLast() }?.network ?? buildReplica()
    for (copy, original) in zip(replica.parameters, parameters) { copy.share(original) }
    for (copy, original) in zip(replica.buffers, buffers) { copy.contents = original.contents }
    return replica
  }

  /// Builds a network that shares this one's plans, so that weights are packed once for all threads.
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
