/// Numbers in memory from the pool, undefined at first.
///
/// Even an empty storage has an address, so that its pointer is never nil.
final class Storage: @unchecked Sendable {
  /// The first number.
  let pointer: UnsafeMutablePointer<Float>
  /// The number of numbers.
  let count: Int

  init(count: Int, _ lifetime: BufferPool.Lifetime = .withinStep) {
    self.count = count
    pointer = BufferPool.allocate(count, lifetime)
  }

  deinit {
    BufferPool.deallocate(pointer, count)
  }

  /// The numbers as a buffer.
  var elements: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }
}

/// Bytes in memory from the pool, undefined at first.
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
  /// Reads the elements in place through a pointer to the first, which is valid even for an empty
  /// array.
  func withPointer<Result>(
    _ body: (UnsafePointer<Element>) throws -> Result
  ) rethrows -> Result {
    // The pointer that an array becomes as an argument, unlike `baseAddress`, is never nil.
    try body(self)
  }

  /// Changes the elements in place, from a pointer to the first.
  mutating func withMutablePointer<Result>(
    _ body: (UnsafeMutablePointer<Element>) throws -> Result
  ) rethrows -> Result {
    try body(&self)
  }
}
