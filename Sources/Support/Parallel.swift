import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Work spread over threads.
///
/// Callers cut their work into blocks that depend on the problem alone, and the threads choose only
/// who computes which block. No result depends on the number of threads.
package enum Parallel {
  private static let threadCount = Atomic<Int>(0)

  /// The number of threads that computations use; one per processor unless set.
  package static var threads: Int {
    get {
      let count = threadCount.load(ordering: .relaxed)
      return count > 0 ? count : Machine.processors
    }
    set {
      precondition(newValue >= 1, "at least one thread")
      threadCount.store(newValue, ordering: .relaxed)
    }
  }

  /// Marks the threads that compute a block at the moment. One of them must not wait for others,
  /// which may all be busy.
  private static let workerKey: pthread_key_t = {
    var key = pthread_key_t()
    precondition(pthread_key_create(&key, nil) == 0, "a key for thread-specific data")
    return key
  }()

  /// Calls `body` once for every block in 0 ..< `blocks`, on up to `threads` threads, and returns
  /// when all calls have returned. A call made from within a block stays on its thread.
  package static func forEach(_ blocks: Int, _ body: (Int) -> Void) {
    let workers = min(threads, blocks)
    if workers <= 1 || pthread_getspecific(workerKey) != nil {
      for block in 0..<blocks { body(block) }
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      // The compiler cannot see that blocks touch different memory; the caller sees to it.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: workers) { _ in
        pthread_setspecific(workerKey, UnsafeRawPointer(bitPattern: 1))
        defer { pthread_setspecific(workerKey, nil) }
        while true {
          let block = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if block >= blocks { return }
          body(block)
        }
      }
    }
  }

  /// Calls `body` for consecutive ranges of at most `size` that together cover 0 ..< `count`.
  package static func forEachRange(of count: Int, size: Int, _ body: (Range<Int>) -> Void) {
    forEach((count + size - 1) / size) { block in
      body(block * size..<min(count, (block + 1) * size))
    }
  }
}
