import Testing

@testable import NeuralNetwork

@Suite("Block tree")
struct BlockTreeTests {
  private func sums(ofBlock block: Int) -> Storage {
    let storage = Storage(count: 3)
    for i in 0..<3 { storage.pointer[i] = 1 / Float(3 * block + i + 1) }
    return storage
  }

  @Test("Blocks are added in the same tree whichever is finished first", arguments: 1...33)
  func order(blocks: Int) {
    var expected = (0..<blocks).flatMap { Array(sums(ofBlock: $0).elements) }
    expected.withMutablePointer { Reduction.combine($0, count: blocks, size: 3) }
    for step in [1, 5, 7] where blocks % step != 0 || step == 1 {
      let tree = BlockTree(blocks: blocks)
      for i in 0..<blocks {
        let block = (blocks - 1 - i) * step % blocks
        tree.add(sums(ofBlock: block), ofBlock: block)
      }
      #expect(tree.total().map { Array($0.elements) } == Array(expected[..<3]))
    }
  }

  @Test("No blocks have no sum")
  func empty() {
    #expect(BlockTree(blocks: 0).total() == nil)
  }

  @Test("Few sums exist at once when blocks are finished roughly in order", arguments: 1...5)
  func memory(threads: Int) {
    #expect(BlockTree.mostSums(blocks: 1, threads: threads) == 1)
    #expect(BlockTree.mostSums(blocks: 32, threads: threads) == threads + 6)
    #expect(BlockTree.mostSums(blocks: 4, threads: threads) <= 4)
  }
}
