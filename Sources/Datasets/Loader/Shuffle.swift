import Support

/// Shuffles the indices 0 ..< `count`, by seed and epoch alone.
///
/// Every order is equally likely (the Fisher-Yates shuffle; D. Knuth, "The Art of Computer
/// Programming", volume 2, algorithm P). The standard library's shuffle may change its order from one
/// version to the next, so it is not used.
///
/// - Parameters:
///   - count: The number of indices.
///   - seed: The seed of the run.
///   - epoch: The epoch, from 1; 0 for the order that a limit of images is taken from.
/// - Returns: A permutation of 0 ..< `count`.
package func shuffledIndices(count: Int, seed: UInt64, epoch: Int) -> [Int] {
  var indices = Array(0..<count)
  var stream = RandomStream(seed: seed, purpose: .shuffle, epoch: epoch)
  for last in stride(from: count - 1, to: 0, by: -1) {
    indices.swapAt(last, stream.index(below: last + 1))
  }
  return indices
}
