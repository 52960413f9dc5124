/// A batch of activations: single-precision numbers of shape (N, H, W, C).
///
/// A tensor is a value: a copy shares its memory until one of the two is changed.
package struct Tensor: Sendable {
  /// (N, H, W, C).
  package let shape: Shape
  private var storage: Storage

  /// A tensor with undefined elements.
  package init(uninitialized shape: Shape) {
    self.shape = shape
    storage = Storage(count: shape.elements)
  }

  /// A tensor that `write` fills, given a pointer to its first element.
  init(_ shape: Shape, write: (UnsafeMutablePointer<Float>) -> Void) {
    self.init(uninitialized: shape)
    write(storage.pointer)
  }

  /// A tensor of equal elements.
  package init(repeating value: Float = 0, shape: Shape) {
    self.init(uninitialized: shape)
    storage.elements.initialize(repeating: value)
  }

  /// A tensor of given elements in row-major order.
  ///
  /// - Precondition: There are as many elements as the shape has.
  package init(shape: Shape, elements: [Float]) {
    precondition(elements.count == shape.elements, "\(elements.count) elements for shape \(shape)")
    self.init(uninitialized: shape)
    _ = storage.elements.initialize(from: elements)
  }

  /// The elements in row-major order.
  package var elements: [Float] { Array(storage.elements) }

  /// Reads the elements in place.
  package func withElements<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(storage.elements))
  }

  /// Changes the elements in place, after copying them where another tensor shares them.
  package mutating func withMutableElements<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    makeUnique()
    defer { withExtendedLifetime(storage) {} }
    return try body(storage.elements)
  }

  /// Reads the elements in place through a pointer to the first, which is valid even for an empty
  /// tensor.
  func withPointer<Result>(
    _ body: (UnsafePointer<Float>) throws -> Result
  ) rethrows -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(storage.pointer)
  }

  /// Changes the elements in place through a pointer to the first, after copying them where another
  /// tensor shares them.
  mutating func withMutablePointer<Result>(
    _ body: (UnsafeMutablePointer<Float>) throws -> Result
  ) rethrows -> Result {
    makeUnique()
    defer { withExtendedLifetime(storage) {} }
    return try body(storage.pointer)
  }

  /// Copies some images into a new batch.
  package func images(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape.count)
    if range.count == shape.count { return self }
    let batch = Shape(range.count, shape.height, shape.width, shape.channels)
    return withPointer { elements in
      Tensor(batch) {
        $0.update(from: elements + range.lowerBound * shape.imageSize, count: batch.elements)
      }
    }
  }

  private mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = Storage(count: storage.count)
    copy.pointer.update(from: storage.pointer, count: storage.count)
    storage = copy
  }

  /// One element, for code that need not be fast.
  package subscript(n: Int, y: Int, x: Int, c: Int) -> Float {
    get { storage.elements[index(n, y, x, c)] }
    set {
      let index = index(n, y, x, c)
      withMutableElements { $0[index] = newValue }
    }
  }

  private func index(_ n: Int, _ y: Int, _ x: Int, _ c: Int) -> Int {
    precondition(
      (0..<shape.count).contains(n) && (0..<shape.height).contains(y)
        && (0..<shape.width).contains(x) && (0..<shape.channels).contains(c),
      "element (\(n), \(y), \(x), \(c)) of shape \(shape)")
    return ((n * shape.height + y) * shape.width + x) * shape.channels + c
  }
}
