/// The memory that a layer's passes allocate and free in training, as changes in the order in which
/// they happen, counted in numbers of 4 bytes; below 0 where memory is freed.
package struct LayerMemory: Equatable, Sendable {
  /// The changes of `forward`. It leaves behind the output, and what is kept for `backward`.
  package let forward: [Int]
  /// The changes of `backward`. It finds the output and its gradient in memory, and leaves behind the
  /// input's gradient.
  package let backward: [Int]

  package init(forward: [Int], backward: [Int]) {
    self.forward = forward
    self.backward = backward
  }

  /// The peak of a sequence of changes that starts from empty memory.
  package static func peak(_ changes: [Int]) -> Int {
    var (current, peak) = (0, 0)
    for change in changes {
      current += change
      peak = max(peak, current)
    }
    return peak
  }
}
