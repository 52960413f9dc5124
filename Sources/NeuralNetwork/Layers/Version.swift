import Support
import Synchronization

/// Identifies the contents of a parameter or a buffer. A change brings a new version, and only those that
/// share their contents share a version, so whatever is derived from them can be kept under it.
struct Version: Equatable, Sendable {
  private static let count = Atomic<UInt64>(0)

  /// Counted over the whole process: networks that have changed equally often have different weights.
  private let number: UInt64

  /// A version that is equal to no other.
  init() {
    number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
  }
}

/// A value that is kept until something that it was computed from changes. Threads may share it.
final class VersionedCache<Value: Sendable>: Sendable {
  private let kept = Mutex<(versions: [Version], value: Value)?>(nil)

  /// The value for the versions of everything that it depends on, computed unless the last one was for
  /// the same.
  func value(for versions: [Version], compute: () -> Value) -> Value {
    kept.withLock { kept in
      if let kept, kept.versions == versions { return kept.value }
      // Frees the old value's memory for the new one.
      kept = nil
      let value = compute()
      kept = (versions, value)
      return value
    }
  }
}
