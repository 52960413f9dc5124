/// The start of a kernel's sums, and the operation applied to the results.
struct KernelEpilogue {
  /// One number for each output, up to a multiple of 16; `nil` to add to what the output holds.
  let bias: Storage?
  /// Whether a ReLU is applied to the result.
  let appliesReLU: Bool

  /// Writes sums, with a bias and a ReLU.
  init(bias: [Float], appliesReLU: Bool = false) {
    let storage = Storage(count: roundedToGroup(bias.count))
    storage.elements.initialize(repeating: 0)
    bias.withPointer { storage.pointer.update(from: $0, count: bias.count) }
    self.bias = storage
    self.appliesReLU = appliesReLU
  }

  private init() {
    bias = nil
    appliesReLU = false
  }

  /// Adds sums to what the output holds.
  static let adding = KernelEpilogue()

  /// Checks that the bias covers the outputs.
  func check(outputs: Int) {
    precondition(
      bias.map { $0.count == roundedToGroup(outputs) } ?? true, "a bias for every output")
  }
}
