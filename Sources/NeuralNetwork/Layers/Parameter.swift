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
      packed = Packed()
    }
  }
  /// The loss's gradient of `value`, in the same order: what `backward` has added since the last
  /// `clearGradient`.
  package var gradient: [Float] {
    get {
      finished.withUnsafeMutableBufferPointer { finishGradient(in: $0) }
      return finished
    }
    set {
      precondition(newValue.count == value.count, "a gradient for every element of \(name)")
      (finished, unfinished) = (newValue, nil)
    }
  }
  private var finished: [Float]
  /// What is to be added to `finished`.
  private(set) var unfinished: Unfinished?
  /// A convolution's weight as the direct engine reads it.
  var packed = Packed()

  struct Packed {
    var forward: PackedWeights?
    var backward: PackedWeights?
  }

  /// Sums of a gradient in the order in which a kernel adds to them. They are put into the weight's
  /// order only when someone asks for the gradient, not for every image.
  struct Unfinished {
    let sums: Storage
    /// Adds the gradient to one in the weight's order.
    let add: (_ sums: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void
  }

  /// Sets the gradient to 0, as before the first `backward` of a batch.
  package func clearGradient() {
    unfinished = nil
    finished.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }

  /// Adds what a batch contributes.
  func addToGradient(_ addend: [Float]) {
    precondition(addend.count == value.count, "a gradient for every element of \(name)")
    finished.withUnsafeMutableBufferPointer { finished in
      finishGradient(in: finished)
      for i in addend.indices { finished[i] += addend[i] }
    }
  }

  /// Leaves sums to be added, or more in the sums that were left before; `add` adds the gradient to
  /// one in the weight's order.
  func leave(
    _ sums: Storage,
    add: @escaping (_ sums: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Void
  ) {
    if unfinished?.sums !== sums {
      finished.withUnsafeMutableBufferPointer { finishGradient(in: $0) }
    }
    unfinished = Unfinished(sums: sums, add: add)
  }

  /// Moves the gradient to memory of as many numbers and clears it.
  func takeGradient(to target: UnsafeMutablePointer<Float>) {
    finished.withUnsafeMutableBufferPointer { finished in
      guard let source = finished.baseAddress else { return }
      target.update(from: source, count: finished.count)
      finishGradient(in: UnsafeMutableBufferPointer(start: target, count: finished.count))
      finished.update(repeating: 0)
    }
  }

  private func finishGradient(in target: UnsafeMutableBufferPointer<Float>) {
    guard let last = unfinished, let target = target.baseAddress else { return }
    unfinished = nil
    last.add(last.sums.pointer, target)
  }

  /// Takes another parameter's value, and what was made of it, without copying.
  package func share(_ original: Parameter) {
    value = original.value
    packed = original.packed
  }

  /// A parameter of equal elements.
  package init(_ name: String, shape: [Int], repeating element: Float = 0) {
    self.name = name
    self.shape = shape
    let count = shape.reduce(1, *)
    value = [Float](repeating: element, count: count)
    finished = [Float](repeating: 0, count: count)
  }
}

/// Numbers that belong to a network's state but are not trained.
package final class Buffer {
  /// What a buffer holds.
  package enum Contents: Equatable, Sendable {
    /// One number a channel.
    case numbers([Float])
    /// A single whole number.
    case count(Int64)
  }

  /// The name in the network's state, `conv1.norm.running_mean`.
  package let name: String
  /// The state itself.
  package var contents: Contents

  /// A buffer under its name in the network's state.
  package init(_ name: String, _ contents: Contents) {
    self.name = name
    self.contents = contents
  }
}
