import CTarget
import NeuralNetwork
import Support

/// Prepares the batches of a data set.
///
/// A batch depends on the seed, the epoch and the settings, never on the threads: each sample has a
/// random stream of its own.
///
/// All threads prepare a batch together when the network is ready for it. Threads beside those that
/// compute would have to take processors from them, which makes the others wait.
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

  /// - Precondition: The batch size is above 0.
  package init(
    _ dataset: Dataset, transform: Transform, batchSize: Int, isShuffled: Bool = false,
    seed: UInt64 = 0
  ) {
    precondition(batchSize > 0, "a batch has at least one image")
    self.dataset = dataset
    self.transform = transform
    self.batchSize = batchSize
    self.isShuffled = isShuffled
    self.seed = seed
  }

  /// The number of batches in an epoch.
  package var batchesPerEpoch: Int { (dataset.count + batchSize - 1) / batchSize }

  /// The order of the samples in an epoch, from 1.
  package func order(epoch: Int) -> [Int] {
    isShuffled
      ? shuffledIndices(count: dataset.count, seed: seed, epoch: epoch)
      : Array(0..<dataset.count)
  }

  /// The batches of an epoch, from 1, in order, without the `first` ones.
  package func batches(epoch: Int, from first: Int = 0) -> Batches {
    Batches(self, epoch: epoch, from: first)
  }

  /// A sample of the data set as the network sees it in an epoch, before normalization.
  package func image(_ sample: Int, epoch: Int) -> Image {
    dataset.images[sample].warped(by: warp(of: sample, epoch: epoch))
  }

  /// Prepares one batch, on all threads.
  func batch(of samples: [Int], epoch: Int) -> Batch {
    let side = transform.crop
    var images = Tensor(uninitialized: Shape(samples.count, side, side, 3))
    images.withMutableElements { elements in
      // Threads write to different elements.
      nonisolated(unsafe) let elements = elements
      Parallel.forEach(samples.count) { position in
        let sample = samples[position]
        dataset.images[sample].forEachRow(of: warp(of: sample, epoch: epoch)) { y, row in
          let start = (position * side + y) * side * 3
          dataset.normalization.apply(
            to: row,
            into: UnsafeMutableBufferPointer(rebasing: elements[start..<start + side * 3]))
        }
        stream_fence()
      }
    }
    return Batch(
      images: images, labels: samples.map { dataset.samples[$0].label }, samples: samples)
  }

  private func warp(of sample: Int, epoch: Int) -> Warp {
    var stream = RandomStream(seed: seed, purpose: .augmentation, epoch: epoch, sample: sample)
    return transform.warp(of: dataset.images[sample].size, using: &stream)
  }
}
