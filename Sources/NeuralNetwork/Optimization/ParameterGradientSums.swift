/// Sums the gradients of all parameters over the blocks of a batch, in a fixed order.
///
/// Each block's gradients are computed by a replica of the network, on any thread, and moved here.
package final class ParameterGradientSums: Sendable {
  /// The images of each block.
  package let blocks: [Range<Int>]
  private let tree: BlockTree

  /// Sums over the blocks of a batch.
  package init(images: Int) {
    blocks = Self.blocks(of: images)
    tree = BlockTree(blocks: blocks.count)
  }

  /// The images of each block of a batch.
  package static func blocks(of images: Int) -> [Range<Int>] { Reduction.blocks(of: images) }

  /// The memory of the sums over a batch, in units of 4 bytes, where `threads` threads work at once.
  package static func memory(_ parameters: [Parameter], images: Int, threads: Int) -> Int {
    BlockTree.mostSums(blocks: blocks(of: images).count, threads: threads)
      * parameters.reduce(0) { $0 + $1.packedSize }
  }

  /// Moves the gradients of a block's images out of a replica's parameters and clears them there.
  package func takeGradients(of parameters: [Parameter], block: Int) {
    precondition(blocks.indices.contains(block), "block \(block) of \(blocks.count)")
    let sums = Storage(count: parameters.reduce(0) { $0 + $1.packedSize })
    var target = sums.pointer
    for parameter in parameters {
      parameter.takeGradient(to: target)
      target += parameter.packedSize
    }
    tree.add(sums, ofBlock: block)
  }

  /// Replaces the parameters' gradients by the sums over all blocks.
  package func write(to parameters: [Parameter]) {
    guard let total = tree.total() else { return }
    var source = UnsafePointer(total.pointer)
    for parameter in parameters {
      parameter.setGradient(source)
      source += parameter.packedSize
    }
    withExtendedLifetime(total) {}
  }
}
