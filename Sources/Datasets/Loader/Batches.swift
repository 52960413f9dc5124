import Foundation
import NeuralNetwork

/// The batches of one epoch, in a single pass.
package final class Batches: Sequence, IteratorProtocol {
  private let queue: BatchQueue

  init(_ loader: Loader, epoch: Int, from first: Int) {
    let order = loader.order(epoch: epoch)
    let starts = stride(
      from: first * loader.batchSize, to: order.count, by: loader.batchSize)
    let batches = starts.map { Array(order[$0..<Swift.min($0 + loader.batchSize, order.count)]) }
    let queue = BatchQueue(count: batches.count, capacity: loader.batchesAhead)
    self.queue = queue
    for _ in 0..<Swift.min(loader.threads, batches.count) {
      let thread = Thread {
        // Tells the threads of an epoch apart in a debugger or `top -H`; at most 15 characters.
        Thread.current.name = "batches \(epoch)"
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

  /// The next batch, waiting until it is ready; `nil` at the end of the epoch.
  package func next() -> Batch? {
    queue.take()
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

/// Distributes the batches of an epoch over threads and returns them in order.
///
/// Sendable is unchecked because `condition` guards everything that changes.
final class BatchQueue: @unchecked Sendable {
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

  /// The index of a batch to prepare, waiting while enough are ahead; `nil` when none are left.
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
