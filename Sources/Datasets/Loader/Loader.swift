import NeuralNetwork
import Support

/// Prepares the batches of a data set ahead of time, on threads of its own.
///
/// A batch depends on the seed, the epoch and the settings, never on the threads: each sample has a
/// random stream of its own.
package struct Loader: Sendable {
  /// The images and their labels.
  package let dataset: Dataset
  /// The transform of each image.
  package let transform: Transform
  /// Images per batch; the last batch of an epoch may be smaller.
  package let batchSize: Int
  /// Whether every epoch has a different order; otherwise the order is the data set's.
  package let isShuffled: Bool
  /// The seed of the order and of the transforms.
  package let seed: UInt64
  /// Threads that prepare batches.
  package let threads: Int
  /// How many batches are prepared before they are needed.
  package let batchesAhead: Int

  /// - Precondition: Sizes and counts are above 0.
  package init(
    _ dataset: Dataset, transform: Transform, batchSize: Int, isShuffled: Bool = false,
    seed: UInt64 = 0, threads: Int = 1, batchesAhead: Int = 3
  ) {
    precondition(batchSize > 0, "a batch has at least one image")
    precondition(threads > 0 && batchesAhead > 0, "at least one thread and one batch ahead")
    self.dataset = dataset
    self.transform = transform
    self.batchSize = batchSize
    self.isShuffled = isShuffled
    self.seed = seed
    self.threads = threads
    self.batchesAhead = batchesAhead
  }

  /// The number of batches in an epoch.
  package var batchesPerEpoch: Int { (dataset.count + batchSize - 1) / batchSize }

  /// The order of the samples in an epoch, from 1.
  package func order(epoch: Int) -> [Int] {
    isShuffled
      ? shuffledIndices(count: dataset.count, seed: seed, epoch: epoch)
      : Array(0..<dataset.count)
  }

  /// The batches of an epoch, from 1, in order, without the `first` ones. Their preparation starts now
  /// and stops when the sequence is released, at its end or before.
  package func batches(epoch: Int, from first: Int = 0) -> Batches {
    Batches(self, epoch: epoch, from: first)
  }

  /// A sample of the data set as the network sees it in an epoch, before normalization.
  package func image(_ sample: Int, epoch: Int) -> Image {
    var stream = RandomStream(seed: seed, purpose: .augmentation, epoch: epoch, sample: sample)
    return transform.apply(to: dataset.images[sample], using: &stream)
  }

  /// Prepares one batch; `nil` if `isCancelled` becomes true.
  func batch(of samples: [Int], epoch: Int, isCancelled: () -> Bool) -> Batch? {
    let side = transform.crop
    var images = Tensor(uninitialized: Shape(samples.count, side, side, 3))
    let size = images.shape.imageSize
    let isComplete = images.withMutableElements { elements in
      for (position, sample) in samples.enumerated() {
        if isCancelled() { return false }
        dataset.normalization.apply(
          to: image(sample, epoch: epoch),
          into: UnsafeMutableBufferPointer(
            rebasing: elements[position * size..<(position + 1) * size]))
      }
      return true
    }
    guard isComplete else { return nil }
    return Batch(
      images: images, labels: samples.map { dataset.samples[$0].label }, samples: samples)
  }
}
