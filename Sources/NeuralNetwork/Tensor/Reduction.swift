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

/// The gradients of parameters, summed over the blocks of a batch.
package final class GradientSums: @unchecked Sendable {
  /// The images of each block: a few at least, since every block costs a pass over all gradients.
  package let blocks: [Range<Int>]
  private let size: Int
  /// One sum of all gradients for each block.
  private let sums: Storage

  /// The images of each block of a batch.
  package static func blocks(of images: Int) -> [Range<Int>] {
    Reduction.blocks(of: images, fewest: 4)
  }

  /// Sums without values; each block's gradients are moved in once.
  package init(of parameters: [Parameter], images: Int) {
    blocks = Self.blocks(of: images)
    size = parameters.reduce(0) { $0 + $1.value.count }
    sums = Storage(count: max(1, blocks.count) * size)
  }

  /// Moves the gradients of a block's images to its place and clears them.
  package func take(_ parameters: [Parameter], for block: Int) {
    precondition(blocks.indices.contains(block), "block \(block) of \(blocks.count)")
    guard var target = sums.elements.baseAddress.map({ $0 + block * size }) else { return }
    for parameter in parameters {
      parameter.takeGradient(to: target)
      target += parameter.value.count
    }
  }

  /// Replaces gradients by the sums over all blocks.
  package func write(to parameters: [Parameter]) {
    guard var source = sums.elements.baseAddress else { return }
    Reduction.combine(source, count: blocks.count, size: size)
    for parameter in parameters {
      let count = parameter.value.count
      parameter.gradient = Array(UnsafeBufferPointer(start: source, count: count))
      source += count
    }
  }
}
