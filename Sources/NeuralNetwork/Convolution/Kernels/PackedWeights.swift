/// Kernels in the order in which an algorithm reads them, for groups of output channels that are
/// computed together. Spare outputs of the last group are 0.
struct PackedWeights: Sendable {
  let outputs: Int
  private let memory: Storage

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
    let count = roundedToGroup(outputs) * size
    memory = Storage(count: count, .acrossSteps)
    if outputs % 16 != 0 { memory.pointer.initialize(repeating: 0, count: count) }
    var first = 0
    while first < outputs {
      let width = groupWidth(outputs - first)
      fill(first, width, memory.pointer + first * size)
      first += width
    }
  }
}
