/// Sums over the pixels of a tensor, channel by channel, which may be taken while it is written.
package protocol ChannelSums: Sendable {
  /// Adds pixels of a block, counted over the whole batch, in ascending order.
  ///
  /// No two threads may add to a block at once.
  ///
  /// - Parameters:
  ///   - pixels: The pixels that follow those added before.
  ///   - tensor: The tensor's first element; only the pixels must be in memory there.
  ///   - shape: The tensor's shape.
  ///   - block: A block of `Reduction.blocks`.
  func add(_ pixels: Range<Int>, of tensor: UnsafePointer<Float>, shape: Shape, block: Int)
}
