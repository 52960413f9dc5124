import Datasets
import Testing

@Suite("Shuffling")
struct ShuffleTests {
  @Test("A shuffled order contains every index once and depends on seed and epoch")
  func permutes() {
    let order = shuffledIndices(count: 100, seed: 1, epoch: 1)
    #expect(order.sorted() == Array(0..<100))
    #expect(order == shuffledIndices(count: 100, seed: 1, epoch: 1))
    #expect(order != shuffledIndices(count: 100, seed: 2, epoch: 1))
    #expect(order != shuffledIndices(count: 100, seed: 1, epoch: 2))
    #expect(shuffledIndices(count: 0, seed: 1, epoch: 1) == [])
    #expect(shuffledIndices(count: 1, seed: 1, epoch: 1) == [0])
  }

  @Test("Shuffled orders never change between versions")
  func isFixed() {
    #expect(shuffledIndices(count: 8, seed: 0, epoch: 1) == [7, 4, 0, 6, 1, 2, 3, 5])
  }

  @Test("All shuffled orders are equally likely")
  func isUniform() {
    var counts: [[Int]: Int] = [:]
    for epoch in 1...6_000 {
      counts[shuffledIndices(count: 3, seed: 9, epoch: epoch), default: 0] += 1
    }
    #expect(counts.count == 6)
    // Five standard deviations of a count of 1,000.
    #expect(counts.values.allSatisfy { abs($0 - 1_000) < 145 })
  }
}
