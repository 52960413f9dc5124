import Support

#if canImport(Glibc)
  import Glibc
#endif

/// Memory for activations, kept for reuse.
///
/// Every step of a training asks for the same sizes in the same order. The system's allocator would
/// return large blocks to the kernel and have them mapped and zeroed page by page at every step,
/// which costs as much as a convolution. Here blocks are cut from one range of addresses, the lowest
/// that fits, and what is given back joins its free neighbors: a forward pass stacks its activations
/// up, the backward pass takes them down from the top, and its gradients fit into the room that this
/// leaves.
package enum BufferPool {
  private static let arena = Mutex(Arena())

  /// Memory for `count` numbers, 64-byte aligned, values undefined.
  static func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = roundedBytes(count)
    #if SANITIZER
      // Blocks of their own, so that the sanitizer sees where one ends.
      let memory = aligned_alloc(64, bytes)
    #else
      let memory = arena.withLock { $0.take(bytes) }
    #endif
    guard let memory else {
      Failure(
        .inputOutput,
        "out of memory: no \(bytes) bytes left for activations; a smaller --batch-size needs less"
      ).endProgram()
    }
    return memory.bindMemory(to: Float.self, capacity: count)
  }

  /// Keeps a block of `count` numbers that `take` gave for later.
  static func giveBack(_ start: UnsafeMutablePointer<Float>, _ count: Int) {
    #if SANITIZER
      free(start)
    #else
      arena.withLock { $0.giveBack(UnsafeMutableRawPointer(start), roundedBytes(count)) }
    #endif
  }

  /// Small blocks begin on a cache line, large ones on a page.
  private static func roundedBytes(_ count: Int) -> Int {
    let bytes = max(1, count * MemoryLayout<Float>.stride)
    let unit = bytes < 4096 ? 64 : 4096
    return (bytes + unit - 1) / unit * unit
  }
}

/// A range of addresses, backed by memory where it has been written to.
private struct Arena: @unchecked Sendable {
  private let start: UnsafeMutableRawPointer?
  /// The bytes of the range.
  private let size: Int
  /// Free bytes by offset in ascending order, no two of them neighbors.
  private var free: [Range<Int>]
  /// Free blocks of less than a page, by their size; they are never joined.
  private var small: [Int: [UnsafeMutableRawPointer]] = [:]

  /// As many addresses as the machine has memory, or most of those that are left to a process that
  /// may not have so many.
  init() {
    var size = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    if let left = addressesLeft { size = min(size, left / 4 * 3 / 4096 * 4096) }
    var start: UnsafeMutableRawPointer?
    while size >= 1 << 20 {
      start = mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      if start != MAP_FAILED { break }
      start = nil
      size = size / 4 * 3 / 4096 * 4096
    }
    (self.start, self.size) = (start, start == nil ? 0 : size)
    free = start == nil ? [] : [0..<size]
    if let start { madvise(start, size, MADV_HUGEPAGE) }
  }

  mutating func take(_ bytes: Int) -> UnsafeMutableRawPointer? {
    if bytes < 4096 {
      if let block = small[bytes]?.popLast() { return block }
      // A page of them at once.
      guard let page = take(4096) else { return nil }
      small[bytes, default: []] += stride(from: bytes, through: 4096 - bytes, by: bytes).map {
        page + $0
      }
      return page
    }
    guard let start, let index = free.firstIndex(where: { $0.count >= bytes }) else { return nil }
    let offset = free[index].lowerBound
    if free[index].count == bytes {
      free.remove(at: index)
    } else {
      free[index] = offset + bytes..<free[index].upperBound
    }
    return start + offset
  }

  mutating func giveBack(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
    if bytes < 4096 { return small[bytes, default: []].append(block) }
    guard let start else { return }
    var range = block - start..<block - start + bytes
    var index = free.firstIndex { $0.lowerBound > range.lowerBound } ?? free.count
    if index < free.count, free[index].lowerBound == range.upperBound {
      range = range.lowerBound..<free.remove(at: index).upperBound
    }
    if index > 0, free[index - 1].upperBound == range.lowerBound {
      index -= 1
      range = free.remove(at: index).lowerBound..<range.upperBound
    }
    free.insert(range, at: index)
  }
}
