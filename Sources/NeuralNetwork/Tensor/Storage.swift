/// Numbers in memory of the pool, with no defined values at first.
///
/// There is memory even for none, so that the pointer is never nil.
final class Storage: @unchecked Sendable {
  /// The first number.
  let pointer: UnsafeMutablePointer<Float>
  /// How many there are.
  let count: Int

  init(count: Int) {
    self.count = count
    pointer = BufferPool.take(count)
  }

  deinit {
    BufferPool.giveBack(pointer, count)
  }

  /// All numbers.
  var elements: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }
}

/// Bytes in memory of the pool, with no defined values at first.
final class Bytes: @unchecked Sendable {
  /// The first byte.
  let pointer: UnsafeMutablePointer<UInt8>
  private let storage: Storage

  init(count: Int) {
    let size = MemoryLayout<Float>.size
    storage = Storage(count: (count + size - 1) / size)
    pointer = UnsafeMutableRawPointer(storage.pointer)
      .bindMemory(to: UInt8.self, capacity: count)
  }
}

extension Array {
  /// Reads the elements in place, from a pointer to the first; there is one even to no elements.
  func withPointer<Result>(
    _ body: (UnsafePointer<Element>) throws -> Result
  ) rethrows -> Result {
    // The pointer that an array becomes as an argument, unlike `baseAddress`, is never nil.
    try body(self)
  }
}
