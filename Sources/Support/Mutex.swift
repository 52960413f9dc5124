#if SANITIZER
  import Foundation

  /// A value that one thread at a time may touch.
  ///
  /// The thread sanitizer does not see the locks of the standard library, and would call all that
  /// they guard a race; it sees those of the system.
  package final class Mutex<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    package init(_ value: Value) {
      self.value = value
    }

    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
      try lock.withLock { try body(&value) }
    }
  }
#else
  import Synchronization

  /// A value that one thread at a time may touch.
  package typealias Mutex<Value: ~Copyable> = Synchronization.Mutex<Value>
#endif
