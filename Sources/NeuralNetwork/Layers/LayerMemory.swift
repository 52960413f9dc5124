/// The memory that a layer's passes allocate (above 0) and free (below 0) in training: changes in the
/// order in which they happen, in units of 4 bytes.
package struct LayerMemory: Equatable, Sendable {
  /// The changes of `forward`, after which the output and the values kept for `backward` remain.
  package let forward: [Int]
  /// The changes of `backward`, which also frees the output and its gradient; the input's gradient
  /// remains.
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
