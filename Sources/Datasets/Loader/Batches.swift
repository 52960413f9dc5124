import Foundation

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
