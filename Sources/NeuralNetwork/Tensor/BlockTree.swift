import Support

/// Adds the sums of a batch's blocks in a fixed tree, neighbors first, as the blocks are finished:
/// ((0 + 1) + (2 + 3)) + ((4 + 5) + …). This is the order of `Reduction.combine`.
///
/// Only sums whose neighbor is still missing are kept, a few per thread instead of one per block.
final class BlockTree: Sendable {
  private let blocks: Int
  /// The sums that wait for their neighbor, and the total in the end.
  private let waiting = Mutex([Node: Storage]())

  /// The sum of 2^level blocks, fewer at the end of the batch: the `index`-th of its level.
  private struct Node: Hashable {
    var level: Int
    var index: Int
  }

  /// An empty tree for a number of blocks.
  init(blocks: Int) {
    self.blocks = blocks
  }

  /// The most sums that exist at once if every thread is at another block.
  static func mostSums(blocks: Int, threads: Int) -> Int {
    min(blocks, threads + Int.bitWidth - max(1, blocks).leadingZeroBitCount)
  }

  /// Adds the sums of one block, which then belong to the tree. Each block is added once.
  func add(_ sums: Storage, ofBlock block: Int) {
    var (sums, node) = (sums, Node(level: 0, index: block))
    while 1 << node.level < blocks {
      let neighbor = Node(level: node.level, index: node.index ^ 1)
      if neighbor.index << node.level < blocks {
        guard let other = take(neighbor, orLeave: sums, at: node) else { return }
        let (left, right) = node.index < neighbor.index ? (sums, other) : (other, sums)
        for i in 0..<left.count { left.pointer[i] += right.pointer[i] }
        sums = left
      }
      node = Node(level: node.level + 1, index: node.index / 2)
    }
    waiting.withLock { $0[node] = sums }
  }

  /// The sum of all blocks; `nil` if there are none. To be called once, when all blocks are added.
  func total() -> Storage? {
    waiting.withLock { waiting in
      precondition(waiting.count == min(1, blocks), "all blocks have been added")
      return waiting.popFirst()?.value
    }
  }

  /// Takes the sums of a node, or leaves those of its neighbor where it is still missing.
  private func take(_ node: Node, orLeave sums: Storage, at neighbor: Node) -> Storage? {
    waiting.withLock { waiting in
      if let other = waiting.removeValue(forKey: node) { return other }
      waiting[neighbor] = sums
      return nil
    }
  }
}
