import Support
import Testing

@Suite("Parallel work", .serialized)
struct ParallelTests {
  @Test("Parallel work computes every block exactly once", arguments: [1, 2, 3, 7])
  func everyBlock(threads: Int) {
    let before = Parallel.threads
    defer { Parallel.threads = before }
    Parallel.threads = threads
    let counts = Mutex([Int](repeating: 0, count: 1000))
    Parallel.forEach(1000) { block in counts.withLock { $0[block] += 1 } }
    #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
    Parallel.forEach(0) { _ in Issue.record("there is no block") }
  }

  @Test("Parallel ranges cover everything without overlap")
  func ranges() {
    let covered = Mutex([Int](repeating: 0, count: 103))
    Parallel.forEachRange(of: 103, size: 10) { range in
      #expect(range.count <= 10)
      covered.withLock { covered in for i in range { covered[i] += 1 } }
    }
    #expect(covered.withLock { $0.allSatisfy { $0 == 1 } })
  }
}
