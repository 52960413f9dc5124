import Support

/// Sums in a fixed order.
///
/// Whatever is summed over a batch, gradients and statistics alike, is cut into blocks that depend
/// on the batch alone; each block is summed in order by whoever gets to it, and the blocks are
/// combined here, neighbors first. All sums over a batch pass through this one place.
enum Reduction {
  /// The most blocks that a batch is cut into.
  ///
  /// Enough to keep several threads busy, few enough that the partial sums of the widest
  /// convolution (147,456 weights) stay small.
  private static let mostBlocks = 16

  /// The images of each block of a batch, at least `fewest` of them where there are as many.
  static func blocks(of count: Int, fewest: Int = 1) -> [Range<Int>] {
    let size = max(fewest, (count + mostBlocks - 1) / mostBlocks)
    return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }

  /// Calls `body` with every image of a batch and its block, on all threads. The images of a block come
  /// one after another on one thread.
  static func forEachImage(of count: Int, _ body: (_ image: Int, _ block: Int) -> Void) {
    let blocks = blocks(of: count)
    Parallel.forEach(blocks.count) { block in
      for image in blocks[block] { body(image, block) }
    }
  }

  /// Adds `count` arrays of `size` numbers that lie one after another into the first of them:
  /// ((0 + 1) + (2 + 3)) + ((4 + 5) + …).
  static func combine<Number: FloatingPoint>(
    _ partials: UnsafeMutablePointer<Number>, count: Int, size: Int
  ) {
    Parallel.forEachRange(of: size, size: 1 << 14) { range in
      var distance = 1
      while distance < count {
        for first in stride(from: 0, to: count - distance, by: 2 * distance) {
          let sum = partials + first * size
          let addend = partials + (first + distance) * size
          for i in range { sum[i] += addend[i] }
        }
        distance *= 2
      }
    }
  }
}
