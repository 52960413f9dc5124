/// The gradients of parameters, summed over the blocks of a batch.
package final class ParameterGradientSums: @unchecked Sendable {
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
    var target = sums.pointer + block * size
    for parameter in parameters {
      parameter.takeGradient(to: target)
      target += parameter.value.count
    }
  }

  /// Replaces gradients by the sums over all blocks.
  package func write(to parameters: [Parameter]) {
    var source = sums.pointer
    Reduction.combine(source, count: blocks.count, size: size)
    for parameter in parameters {
      let count = parameter.value.count
      parameter.gradient = Array(UnsafeBufferPointer(start: source, count: count))
      source += count
    }
  }
}
