import Support

/// Sums over a batch in a fixed order, so that no result depends on the number of threads.
///
/// Gradients and batch statistics alike are summed in blocks of images. The blocks depend on the size
/// of the batch alone. One thread, whichever is free, sums a block from its first image to its last,
/// and the blocks are added in a fixed tree: at once by `combine`, as they come by `BlockTree`.
enum Reduction {
  /// The images of a block. More blocks keep more processors busy; fewer save passes over all gradients,
  /// of which each block costs one.
  static let blockSize = 4

  /// Cuts a batch into blocks: the images of each.
  static func blocks(of count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: blockSize).map { $0..<min(count, $0 + blockSize) }
  }

  /// Calls `body` with every block of a batch and its images, on all threads.
  static func forEachBlock(of count: Int, _ body: (_ block: Int, _ images: Range<Int>) -> Void) {
    let blocks = blocks(of: count)
    Parallel.forEach(blocks.count) { body($0, blocks[$0]) }
  }

  /// Calls `body` with every image of a batch and its block, on all threads. The images of a block
  /// stay on one thread, in order.
  static func forEachImage(of count: Int, _ body: (_ image: Int, _ block: Int) -> Void) {
    forEachBlock(of: count) { block, images in
      for image in images { body(image, block) }
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
