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

  /// The images of each block of a batch.
  static func blocks(of count: Int) -> [Range<Int>] {
    let size = max(1, (count + mostBlocks - 1) / mostBlocks)
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

  /// Adds each channel's sum over an image: a row in single, the rows in double precision.
  static func addColumnSums(
    _ image: UnsafePointer<Float>, rows: Int, columns: Int, pixelStride: Int, channels: Int,
    to sums: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { row in
      for y in 0..<rows {
        row.update(repeating: 0)
        for x in 0..<columns {
          let pixel = image + (y * columns + x) * pixelStride
          for c in 0..<channels { row[c] += pixel[c] }
        }
        for c in 0..<channels { sums[c] += Double(row[c]) }
      }
    }
  }
}

/// The gradients of parameters, summed over the chunks of a batch in a fixed order.
package final class GradientSums {
  private let parameters: [Parameter]
  private let blocks: [Range<Int>]
  private let size: Int
  /// One sum of all gradients for each block of chunks.
  private let sums: Storage

  /// Sums of zero, for a batch of `count` chunks.
  package init(of parameters: [Parameter], count: Int) {
    self.parameters = parameters
    blocks = Reduction.blocks(of: count)
    size = parameters.reduce(0) { $0 + $1.gradient.count }
    sums = Storage(count: max(1, blocks.count) * size)
  }

  /// Adds the parameters' gradients, which are those of a chunk; chunks come in order from 0.
  package func add(_ chunk: Int) {
    guard let block = blocks.firstIndex(where: { $0.contains(chunk) }),
      var target = sums.elements.baseAddress.map({ $0 + block * size })
    else { preconditionFailure("chunk \(chunk) of \(blocks)") }
    let isFirst = chunk == blocks[block].lowerBound
    for parameter in parameters {
      let count = parameter.gradient.count
      parameter.gradient.withUnsafeBufferPointer { gradient in
        if isFirst {
          for i in 0..<count { target[i] = gradient[i] }
        } else {
          for i in 0..<count { target[i] += gradient[i] }
        }
      }
      target += count
    }
  }

  /// Replaces the parameters' gradients by the sums.
  package func finish() {
    guard var source = sums.elements.baseAddress else { return }
    Reduction.combine(source, count: blocks.count, size: size)
    for parameter in parameters {
      let count = parameter.gradient.count
      parameter.gradient.withUnsafeMutableBufferPointer { gradient in
        for i in 0..<count { gradient[i] = source[i] }
      }
      source += count
    }
  }
}
