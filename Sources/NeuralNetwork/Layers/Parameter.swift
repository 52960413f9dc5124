/// An array of numbers that training changes, with its gradient.
package final class Parameter {
  /// The name in the network's state, `fire2.squeeze.conv2d.weight`.
  package let name: String
  /// The extents in PyTorch's order: (outputs, inputs, kernel height, kernel width), or (channels).
  package let shape: [Int]
  /// The elements in row-major order.
  package var value: [Float] {
    didSet {
      precondition(value.count == oldValue.count, "\(name) keeps its size")
      version = Version()
    }
  }
  /// Identifies `value`. A change brings a new version, and only parameters that share a value share
  /// a version, so whatever is derived from the value can be kept under its version.
  private(set) var version = Version()

  /// A version, which is equal to no other. An object rather than a count: networks that have changed
  /// equally often have different weights.
  final class Version: Sendable {}

  /// The loss's gradient with respect to `value`, in the same order: the sum of what `backward` has
  /// added since the last `clearGradient`.
  package var gradient: [Float] {
    get {
      unpacked.withMutablePointer { unpackGradient(to: $0) }
      return unpacked
    }
    set {
      precondition(newValue.count == value.count, "a gradient for every element of \(name)")
      (unpacked, packedGradient) = (newValue, nil)
    }
  }
  private var unpacked: [Float]
  /// A part of the gradient that has not been added to `unpacked` yet.
  private(set) var packedGradient: PackedGradient?

  /// A gradient in the order in which a kernel sums it. It is unpacked, that is put into the order of
  /// the value, only when the gradient is read and not for every image.
  struct PackedGradient {
    let sums: Storage
    /// Adds the gradient to one in the value's order.
    let unpack: (_ gradient: UnsafeMutablePointer<Float>) -> Void
  }

  /// A parameter of equal elements.
  package init(_ name: String, shape: [Int], repeating element: Float = 0) {
    self.name = name
    self.shape = shape
    let count = shape.reduce(1, *)
    value = [Float](repeating: element, count: count)
    unpacked = [Float](repeating: 0, count: count)
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
    unpacked.withMutablePointer { unpacked in
      unpackGradient(to: unpacked)
      for i in addend.indices { unpacked[i] += addend[i] }
    }
  }

  /// Adds a gradient in a kernel's order. One that continues the sums of the previous one replaces it.
  ///
  /// - Parameters:
  ///   - sums: The memory that `unpack` reads.
  ///   - unpack: Adds the gradient to one in the value's order.
  func accumulate(
    _ sums: Storage, unpack: @escaping (_ gradient: UnsafeMutablePointer<Float>) -> Void
  ) {
    if packedGradient?.sums !== sums {
      unpacked.withMutablePointer { unpackGradient(to: $0) }
    }
    packedGradient = PackedGradient(sums: sums, unpack: unpack)
  }

  /// Moves the gradient to memory of as many numbers, and clears it.
  func takeGradient(to target: UnsafeMutablePointer<Float>) {
    unpacked.withMutablePointer { unpacked in
      target.update(from: unpacked, count: value.count)
      unpackGradient(to: target)
      unpacked.update(repeating: 0, count: value.count)
    }
  }

  private func unpackGradient(to target: UnsafeMutablePointer<Float>) {
    guard let packed = packedGradient else { return }
    packedGradient = nil
    packed.unpack(target)
  }
}
