import Foundation
import NeuralNetwork
import Support

/// Images and labels of one training step.
package struct Batch: Sendable {
  /// The normalized images, shape (N, H, W, 3).
  package let images: Tensor
  /// N labels.
  package let labels: [Int]
  /// Which of the data set's samples these are.
  package let samples: [Int]
}

/// Makes batches of a data set, ahead of time and on threads of its own.
///
/// What a batch holds depends on the seed, the epoch and the settings, never on the threads: each
/// sample's draws come from a random stream of its own.
package struct Loader: Sendable {
  /// The images and their labels.
  package let dataset: Dataset
  /// What is done to each image.
  package let transform: Transform
  /// Images in a batch; the last batch of an epoch may be smaller.
  package let batchSize: Int
  /// Whether every epoch has another order; else the data set's own.
  package let isShuffled: Bool
  /// Names the draws of order and transforms.
  package let seed: UInt64
  /// Threads that prepare batches.
  package let threads: Int
  /// Batches that are prepared before they are asked for.
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

  /// The batches of an epoch, from 1, in order. Preparing starts now and stops when the sequence is
  /// let go, at its end or before. The `first` batches of the epoch are left out.
  package func batches(epoch: Int, from first: Int = 0) -> Batches {
    Batches(self, epoch: epoch, from: first)
  }

  /// A sample of the data set as the network sees it in an epoch, before normalization.
  package func image(_ sample: Int, epoch: Int) -> Image {
    var stream = RandomStream(seed: seed, purpose: .augmentation, epoch: epoch, sample: sample)
    return transform.apply(to: dataset.images[sample], using: &stream)
  }

  /// Makes one batch; `nil` where `isCancelled` becomes true.
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

/// The batches of one epoch, each of which can be taken once.
package final class Batches: Sequence, IteratorProtocol {
  private let queue: BatchQueue

  fileprivate init(_ loader: Loader, epoch: Int, from first: Int) {
    let order = loader.order(epoch: epoch)
    let starts = stride(
      from: first * loader.batchSize, to: order.count, by: loader.batchSize)
    let batches = starts.map { Array(order[$0..<Swift.min($0 + loader.batchSize, order.count)]) }
    let queue = BatchQueue(count: batches.count, capacity: loader.batchesAhead)
    self.queue = queue
    for _ in 0..<Swift.min(loader.threads, batches.count) {
      let thread = Thread {
        Thread.current.name = "batches"
        while let index = queue.claim() {
          let batch = loader.batch(
            of: batches[index], epoch: epoch, isCancelled: { queue.isCancelled })
          guard let batch else { return }
          queue.put(batch, at: index)
        }
      }
      thread.start()
    }
  }

  deinit {
    queue.cancel()
  }

  /// The next batch, waiting for it where it is not ready; `nil` at the end of the epoch.
  package func next() -> Batch? {
    queue.take()
  }
}

/// Hands out the work of an epoch and puts its results in order.
///
/// Unchecked: `condition` guards all that changes.
private final class BatchQueue: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private let capacity: Int
  private var claimed = 0
  private var taken = 0
  private var ready: [Int: Batch] = [:]
  private var cancelled = false

  init(count: Int, capacity: Int) {
    self.count = count
    self.capacity = capacity
  }

  var isCancelled: Bool {
    condition.withLock { cancelled }
  }

  /// The index of a batch to prepare, waiting while enough are ahead; `nil` when nothing is left.
  func claim() -> Int? {
    condition.withLock {
      while !cancelled, claimed < count, claimed >= taken + capacity { condition.wait() }
      guard !cancelled, claimed < count else { return nil }
      claimed += 1
      return claimed - 1
    }
  }

  func put(_ batch: Batch, at index: Int) {
    condition.withLock {
      ready[index] = batch
      condition.broadcast()
    }
  }

  func take() -> Batch? {
    condition.withLock {
      guard taken < count else { return nil }
      while true {
        if let batch = ready.removeValue(forKey: taken) {
          taken += 1
          condition.broadcast()
          return batch
        }
        condition.wait()
      }
    }
  }

  func cancel() {
    condition.withLock {
      cancelled = true
      ready = [:]
      condition.broadcast()
    }
  }
}
