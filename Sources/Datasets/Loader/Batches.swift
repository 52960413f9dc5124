import NeuralNetwork

/// The batches of one epoch, in a single pass. Each is prepared when it is asked for.
package struct Batches: Sequence, IteratorProtocol {
  private let loader: Loader
  private let epoch: Int
  /// The samples that have not been taken yet.
  private var samples: ArraySlice<Int>

  init(_ loader: Loader, epoch: Int, from first: Int) {
    self.loader = loader
    self.epoch = epoch
    samples = loader.order(epoch: epoch).dropFirst(first * loader.batchSize)
  }

  /// Prepares the next batch on all threads; `nil` at the end of the epoch.
  package mutating func next() -> Batch? {
    guard !samples.isEmpty else { return nil }
    defer { samples = samples.dropFirst(loader.batchSize) }
    return loader.batch(of: Array(samples.prefix(loader.batchSize)), epoch: epoch)
  }
}

/// The images and labels of one training step.
package struct Batch: Sendable {
  /// The normalized images, shape (N, H, W, 3).
  package let images: Tensor
  /// N labels.
  package let labels: [Int]
  /// The indices of the samples in the data set.
  package let samples: [Int]
}
