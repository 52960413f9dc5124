// Letters used for shapes throughout the project:
//
//   N  images in a batch
//   H  height in pixels
//   W  width in pixels
//   C  channels
//
// Activations are stored as (N, H, W, C), the channels of one pixel side by side, in row-major
// order. Weights keep PyTorch's order, (outputs, inputs, kernel height, kernel width).

/// The shape of a batch of activations, (N, H, W, C).
package struct Shape: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// N, the number of images.
  package var count: Int
  /// H, in pixels.
  package var height: Int
  /// W, in pixels.
  package var width: Int
  /// C, the number of channels.
  package var channels: Int

  /// N, H, W and C.
  package init(_ count: Int, _ height: Int, _ width: Int, _ channels: Int) {
    precondition(
      count >= 0 && height >= 0 && width >= 0 && channels >= 0, "extents are not negative")
    self.count = count
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// H · W, the pixels of one image.
  package var pixels: Int { height * width }
  /// H · W · C, the elements of one image.
  package var imageSize: Int { pixels * channels }
  /// N · H · W · C.
  package var elements: Int { count * imageSize }

  package var description: String { "(\(count), \(height), \(width), \(channels))" }
}

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

  /// Some images as a batch of their own.
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
