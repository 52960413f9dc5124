import Support

/// The numbers 0 ..< `count` in a random order that depends on seed and epoch alone.
///
/// Every order is equally likely (Fisher and Yates; D. Knuth, "The Art of Computer Programming",
/// volume 2, algorithm P). The standard library's shuffle is not used: its order may change from
/// one version to another.
///
/// - Parameters:
///   - count: How many numbers.
///   - seed: The seed of the run.
///   - epoch: The epoch, from 1; 0 for the order that `limit` cuts.
/// - Returns: A permutation of 0 ..< `count`.
package func shuffledIndices(count: Int, seed: UInt64, epoch: Int) -> [Int] {
  var indices = Array(0..<count)
  var stream = RandomStream(seed: seed, purpose: .shuffle, epoch: epoch)
  for last in stride(from: count - 1, to: 0, by: -1) {
    indices.swapAt(last, stream.index(below: last + 1))
  }
  return indices
}
