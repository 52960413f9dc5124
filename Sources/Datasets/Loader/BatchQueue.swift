import Foundation

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
