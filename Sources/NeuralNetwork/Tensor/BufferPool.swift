import Support

#if canImport(Glibc)
  import Glibc
#endif

/// A pool of memory for activations.
///
/// Every training step asks for the same sizes in the same order. The system's allocator would return
/// large blocks to the kernel and have them mapped and zeroed page by page at every step, which costs
/// as much as a convolution. Here blocks are cut from one range of addresses, first fit, and a freed
/// block is merged with its free neighbors: a forward pass stacks its activations up, the backward
/// pass takes them down from the top, and its gradients fit into the space that this leaves. What lives
/// from step to step is cut from the range's other end, where it leaves no gaps in that stack.
package enum BufferPool {
  /// How long a block is used.
  enum Lifetime {
    case withinStep, acrossSteps
  }

  private static let arena = Mutex(Arena())
  private static let exhaustionHandler = Mutex<@Sendable (_ bytes: Int) -> Never> { bytes in
    fatalError("out of memory: no \(bytes) bytes left for activations")
  }

  /// Sets the handler that is called when memory runs out. Without one the program traps.
  ///
  /// Memory is allocated on all threads, deep in kernels that cannot throw, so a failure cannot reach
  /// a caller. How a program ends is for its outermost code to decide, which sets a handler as C++
  /// programs do with `set_new_handler`.
  ///
  /// - Parameter handler: Ends the program, without memory from the pool. It is passed the size of the
  ///   block that could not be allocated, and called on one thread only.
  package static func onExhaustion(_ handler: @escaping @Sendable (_ bytes: Int) -> Never) {
    exhaustionHandler.withLock { $0 = handler }
  }

  /// Allocates memory for `count` numbers, aligned to 64 bytes, with undefined values.
  static func allocate(
    _ count: Int, _ lifetime: Lifetime = .withinStep
  ) -> UnsafeMutablePointer<Float> {
    let bytes = roundedBytes(count)
    #if SANITIZER
      // A separate block, so that the sanitizer sees where it ends.
      let memory = aligned_alloc(64, bytes)
    #else
      let memory = arena.withLock { $0.allocate(bytes, fromEnd: lifetime == .acrossSteps) }
    #endif
    guard let memory else {
      // Under the lock, so that of several threads without memory only the first one reports it.
      exhaustionHandler.withLock { handler in handler(bytes) }
    }
    return memory.bindMemory(to: Float.self, capacity: count)
  }

  /// Frees a block of `count` numbers from `allocate` for later use.
  static func deallocate(_ start: UnsafeMutablePointer<Float>, _ count: Int) {
    #if SANITIZER
      free(start)
    #else
      arena.withLock { $0.deallocate(UnsafeMutableRawPointer(start), roundedBytes(count)) }
    #endif
  }

  /// The size of a block: small blocks begin on a cache line, large ones on a page.
  private static func roundedBytes(_ count: Int) -> Int {
    let bytes = max(1, count * MemoryLayout<Float>.stride)
    let unit = bytes < 4096 ? 64 : 4096
    return (bytes + unit - 1) / unit * unit
  }
}

/// A range of addresses, backed by memory where it has been written to.
private struct Arena: @unchecked Sendable {
  private let start: UnsafeMutableRawPointer?
  /// The free ranges in bytes from the start, in ascending order, no two of them adjacent.
  private var free: [Range<Int>]
  /// Free blocks smaller than a page by their size; they are never merged.
  private var small: [Int: [UnsafeMutableRawPointer]] = [:]

  /// Reserves as many addresses as the machine has bytes of memory, or three quarters of what a limit
  /// on the process's address space leaves.
  init() {
    var size = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    if let left = Machine.addressSpaceLeft { size = min(size, left / 4 * 3 / 4096 * 4096) }
    var start: UnsafeMutableRawPointer?
    while size >= 1 << 20 {
      start = mmap(
        nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      if start != MAP_FAILED { break }
      start = nil
      size = size / 4 * 3 / 4096 * 4096
    }
    guard let start else {
      (self.start, free) = (nil, [])
      return
    }
    madvise(start, size, MADV_HUGEPAGE)
    // Whole huge pages, so that none is mapped in many small pieces.
    let first = start.alignedUp(toMultipleOf: Self.hugePage)
    let end = (start + size).alignedDown(toMultipleOf: Self.hugePage)
    (self.start, free) = first < end ? (first, [0..<end - first]) : (start, [0..<size])
  }

  private static let hugePage = 1 << 21

  mutating func allocate(_ bytes: Int, fromEnd: Bool) -> UnsafeMutableRawPointer? {
    if bytes < 4096 {
      if let block = small[bytes]?.popLast() { return block }
      // A page is cut into blocks of this size at once.
      guard let page = allocate(4096, fromEnd: fromEnd) else { return nil }
      small[bytes, default: []] += stride(from: bytes, through: 4096 - bytes, by: bytes).map {
        page + $0
      }
      return page
    }
    func fits(_ range: Range<Int>) -> Bool { range.count >= bytes }
    let index = fromEnd ? free.lastIndex(where: fits) : free.firstIndex(where: fits)
    guard let start, let index else { return nil }
    let range = free[index]
    let block =
      fromEnd
      ? range.upperBound - bytes..<range.upperBound
      : range.lowerBound..<range.lowerBound + bytes
    if block == range {
      free.remove(at: index)
    } else {
      free[index] =
        fromEnd ? range.lowerBound..<block.lowerBound : block.upperBound..<range.upperBound
    }
    return start + block.lowerBound
  }

  mutating func deallocate(_ block: UnsafeMutableRawPointer, _ bytes: Int) {
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
