/// Sums the gradients of all parameters over the blocks of a batch, in a fixed order.
///
/// Each block's gradients are computed by a replica of the network, on any thread, and moved here.
/// `@unchecked Sendable`: no two threads ever touch the same block.
package final class ParameterGradientSums: @unchecked Sendable {
  /// The images of each block.
  package let blocks: [Range<Int>]
  /// The number of gradients, of all parameters together.
  private let size: Int
  /// The gradients of each block, one block after another.
  private let sums: Storage

  /// The images of each block of a batch. A block has at least four, because each one costs a pass
  /// over all gradients.
  package static func blocks(of images: Int) -> [Range<Int>] {
    Reduction.blocks(of: images, minimumSize: 4)
  }

  /// Uninitialized sums: `takeGradients` fills each block once.
  package init(of parameters: [Parameter], images: Int) {
    blocks = Self.blocks(of: images)
    size = parameters.reduce(0) { $0 + $1.value.count }
    sums = Storage(count: max(1, blocks.count) * size)
  }

  /// Moves the gradients of a block's images out of a replica's parameters and clears them there.
  package func takeGradients(of parameters: [Parameter], block: Int) {
    precondition(blocks.indices.contains(block), "block \(block) of \(blocks.count)")
    var target = sums.pointer + block * size
    for parameter in parameters {
      parameter.takeGradient(to: target)
      target += parameter.value.count
    }
  }

  /// Replaces the parameters' gradients by the sums over all blocks.
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
