import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Memory for activations, kept for reuse.
///
/// Every step of a training asks for the same sizes in the same order. The system's allocator would
/// return large blocks to the kernel and have them mapped and zeroed page by page at every step,
/// which costs as much as a convolution; this pool hands the same blocks out again.
enum BufferPool {
  private struct Free: @unchecked Sendable {
    var blocks: [Int: [UnsafeMutableRawPointer]] = [:]
  }
  private static let free = Mutex(Free())

  /// Blocks start on a boundary that suits a cache line and, when large, a huge page.
  private static let smallAlignment = 64
  private static let hugePage = 1 << 21

  /// Memory for `count` numbers, 64-byte aligned, values undefined.
  static func take(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let bytes = roundedBytes(count)
    let kept = free.withLock { $0.blocks[bytes]?.popLast() }
    let memory = kept ?? allocate(bytes)
    return UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: Float.self, capacity: count), count: count)
  }

  /// Keeps a block that `take` gave for later.
  static func giveBack(_ buffer: UnsafeMutableBufferPointer<Float>) {
    guard let start = buffer.baseAddress else { return }
    free.withLock {
      $0.blocks[roundedBytes(buffer.count), default: []].append(UnsafeMutableRawPointer(start))
    }
  }

  private static func roundedBytes(_ count: Int) -> Int {
    max(1, (count * MemoryLayout<Float>.stride + smallAlignment - 1) / smallAlignment)
      * smallAlignment
  }

  private static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    var memory: UnsafeMutableRawPointer?
    let isLarge = bytes >= hugePage
    let error = posix_memalign(&memory, isLarge ? hugePage : smallAlignment, bytes)
    guard error == 0, let memory else {
      fatalError("out of memory: cannot allocate \(bytes) bytes for activations")
    }
    if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
    return memory
  }
}

/// Numbers in memory of the pool, with no defined values at first.
final class Storage: @unchecked Sendable {
  let elements: UnsafeMutableBufferPointer<Float>

  init(count: Int) {
    elements = BufferPool.take(count)
  }

  deinit {
    BufferPool.giveBack(elements)
  }
}

/// Bytes in memory of the pool, with no defined values at first.
final class Bytes: @unchecked Sendable {
  let elements: UnsafeMutableBufferPointer<UInt8>
  private let storage: Storage

  init(count: Int) {
    let size = MemoryLayout<Float>.size
    storage = Storage(count: (count + size - 1) / size)
    elements = UnsafeMutableBufferPointer(
      start: UnsafeMutableRawPointer(storage.elements.baseAddress)?
        .bindMemory(to: UInt8.self, capacity: count), count: count)
  }
}
