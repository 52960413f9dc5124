/// An array of numbers that training changes, with its gradient.
package final class Parameter {
  /// The name in the network's state, `fire2.squeeze.conv2d.weight`.
  package let name: String
  /// The extents in PyTorch's order: (outputs, inputs, kernel height, kernel width), or (channels).
  package let shape: [Int]
  /// The elements in row-major order.
  package var value: [Float] {
    didSet {
      precondition(value.count == count, "\(name) keeps its size")
      version = Version()
    }
  }
  private(set) var version = Version()
  private let count: Int

  /// The loss's gradient with respect to `value`, in the same order: the sum of what `backward` has
  /// added since the last `clearGradient`.
  package var gradient: [Float] {
    get {
      unpackGradient()
      allocateGradient()
      return unpacked
    }
    set {
      precondition(newValue.count == value.count, "a gradient for every element of \(name)")
      (unpacked, packedGradient) = (newValue, nil)
    }
  }
  /// Empty, which means 0, until there is a gradient in the value's order: an evaluation needs no memory
  /// for it.
  private var unpacked: [Float] = []
  /// A part of the gradient that has not been added to `unpacked` yet.
  private(set) var packedGradient: PackedGradient?
  /// The order of `packedGradient` where it is not the value's.
  var gradientOrder: GradientOrder?

  /// A gradient in the order in which an engine sums it. It is unpacked, that is put into the order of
  /// the value, only when the gradient is read: once a step and not for every image.
  struct PackedGradient {
    /// The memory of the sums, which the next image's may continue.
    let sums: Storage
    /// Writes the gradient in the parameter's `gradientOrder`.
    let write: (_ target: UnsafeMutablePointer<Float>) -> Void
  }

  /// The order in which an engine sums a parameter's gradient.
  package struct GradientOrder: Sendable {
    /// The size of a gradient in this order, which may have unused elements.
    let size: Int
    /// Adds a gradient in this order to one in the value's.
    let unpack:
      @Sendable (_ packed: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>) -> Void
  }

  /// A parameter of equal elements.
  package init(_ name: String, shape: [Int], repeating element: Float = 0) {
    self.name = name
    self.shape = shape
    count = shape.reduce(1, *)
    value = [Float](repeating: element, count: count)
  }

  /// Takes the value of another parameter, with its version, without copying it.
  package func share(_ original: Parameter) {
    value = original.value
    version = original.version
  }

  /// Sets the gradient to 0, as before the first `backward` of a batch.
  package func clearGradient() {
    packedGradient = nil
    unpacked.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }

  /// Adds a gradient in the value's order.
  func addToGradient(_ addend: [Float]) {
    precondition(addend.count == value.count, "a gradient for every element of \(name)")
    unpackGradient()
    allocateGradient()
    for i in addend.indices { unpacked[i] += addend[i] }
  }

  /// Adds a gradient in an engine's order. One that continues the sums of the previous one replaces it.
  func accumulate(_ gradient: PackedGradient) {
    if packedGradient?.sums !== gradient.sums { unpackGradient() }
    packedGradient = gradient
  }

  /// The size of a gradient in the order in which it is summed.
  var packedSize: Int { gradientOrder?.size ?? value.count }

  /// Moves the gradient of a block of images to memory of `packedSize` numbers, and clears it.
  func takeGradient(to target: UnsafeMutablePointer<Float>) {
    if let packed = packedGradient {
      packedGradient = nil
      packed.write(target)
    } else if gradientOrder == nil, !unpacked.isEmpty {
      target.update(from: unpacked, count: value.count)
      clearGradient()
    } else {
      target.update(repeating: 0, count: packedSize)
    }
  }

  /// Replaces the gradient by one of `packedSize` numbers in the order in which it is summed.
  func setGradient(_ source: UnsafePointer<Float>) {
    clearGradient()
    allocateGradient()
    unpacked.withMutablePointer { add(source, to: $0) }
  }

  private func allocateGradient() {
    if unpacked.isEmpty { unpacked = [Float](repeating: 0, count: count) }
  }

  private func unpackGradient() {
    guard let packed = packedGradient else { return }
    packedGradient = nil
    let gradient = Storage(count: packedSize)
    packed.write(gradient.pointer)
    allocateGradient()
    unpacked.withMutablePointer { add(gradient.pointer, to: $0) }
    withExtendedLifetime(gradient) {}
  }

  /// Adds a gradient in the order in which it is summed to one in the value's.
  private func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    if let gradientOrder { return gradientOrder.unpack(source, target) }
    for i in 0..<value.count { target[i] += source[i] }
  }
}
