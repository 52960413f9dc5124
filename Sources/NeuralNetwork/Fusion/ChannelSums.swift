/// Sums over the pixels of a tensor, channel by channel, which may be taken while it is written.
package protocol ChannelSums: Sendable {
  /// Adds the pixels of a block that come before `end` and have not been added yet.
  ///
  /// No two threads may add to a block at once.
  ///
  /// - Parameters:
  ///   - tensor: The tensor's first element.
  ///   - shape: The tensor's shape.
  ///   - block: A block of `Reduction.blocks`.
  ///   - end: A pixel, counted over the whole batch; the block's pixels before it are written.
  func add(_ tensor: UnsafePointer<Float>, of shape: Shape, block: Int, before end: Int)
}
