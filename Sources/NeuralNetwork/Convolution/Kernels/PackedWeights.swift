/// Kernels in the order in which an algorithm reads them, for groups of output channels that are
/// computed together. Spare outputs of the last group are 0.
struct PackedWeights: Sendable {
  let outputs: Int
  private let memory: Memory

  /// The first weight. It starts a cache line, so that no load of a register touches two.
  var pointer: UnsafePointer<Float> { UnsafePointer(memory.pointer) }

  /// Packs `size` weights per output.
  ///
  /// - Parameters:
  ///   - outputs: The number of outputs.
  ///   - size: The number of weights of an output.
  ///   - fill: Writes the weights, shape (size, width), of the `width` outputs from `first` on.
  init(
    outputs: Int, size: Int,
    fill: (_ first: Int, _ width: Int, _ target: UnsafeMutablePointer<Float>) -> Void
  ) {
    self.outputs = outputs
    memory = Memory(count: roundedToGroup(outputs) * size)
    var first = 0
    while first < outputs {
      let width = groupWidth(outputs - first)
      fill(first, width, memory.pointer + first * size)
      first += width
    }
  }

  /// Memory outside the pool. Packed weights live from one step to the next; between activations, which
  /// come and go in stacks, they would leave gaps that the next batch does not fit into.
  private final class Memory: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>

    /// Allocates zeros that start a cache line.
    init(count: Int) {
      pointer =
        UnsafeMutableRawPointer
        .allocate(byteCount: count * MemoryLayout<Float>.stride, alignment: 64)
        .bindMemory(to: Float.self, capacity: count)
      pointer.initialize(repeating: 0, count: count)
    }

    deinit {
      pointer.deallocate()
    }
  }
}
