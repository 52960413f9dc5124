import Support

/// Sums over a batch in a fixed order, so that no result depends on the number of threads.
///
/// Gradients and batch statistics alike are summed in blocks of images. The blocks depend on the size
/// of the batch alone. One thread, whichever is free, sums a block from its first image to its last,
/// and `combine` adds the blocks in a fixed tree.
enum Reduction {
  /// The most blocks that a batch is cut into: enough to keep several threads busy, few enough that
  /// the partial sums of the largest convolution (147,456 weights) stay small.
  private static let maximumBlockCount = 16

  /// Cuts a batch into blocks.
  ///
  /// - Parameters:
  ///   - count: The images of the batch.
  ///   - minimumSize: The least number of images in a block; the last one may have fewer.
  /// - Returns: The images of each block.
  static func blocks(of count: Int, minimumSize: Int = 1) -> [Range<Int>] {
    let size = max(minimumSize, (count + maximumBlockCount - 1) / maximumBlockCount)
    return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }

  /// Calls `body` with every image of a batch and its block, on all threads. The images of a block
  /// stay on one thread, in order.
  static func forEachImage(of count: Int, _ body: (_ image: Int, _ block: Int) -> Void) {
    let blocks = blocks(of: count)
    Parallel.forEach(blocks.count) { block in
      for image in blocks[block] { body(image, block) }
    }
  }

  /// Adds `count` consecutive arrays of `size` numbers into the first, neighbors first:
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
