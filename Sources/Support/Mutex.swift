#if SANITIZER
  import Foundation

  /// A value that only one thread at a time can access.
  ///
  /// The thread sanitizer does not know the standard library's locks and would report every access
  /// that they guard as a race. It knows those of Foundation.
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

  /// A value that only one thread at a time can access.
  package typealias Mutex<Value: ~Copyable> = Synchronization.Mutex<Value>
#endif
