import NeuralNetwork

extension Tensor {
  /// Concatenates tensors of the same N, H and W along their channels.
  static func concatenatingChannels(_ parts: [Tensor]) -> Tensor {
    let shape = parts[0].shape
    let channels = parts.map(\.shape.channels)
    let numbers = parts.map(\.elements)
    let elements = (0..<shape.count * shape.pixels).flatMap { pixel in
      zip(numbers, channels).flatMap { $0[pixel * $1..<(pixel + 1) * $1] }
    }
    return Tensor(
      shape: Shape(shape.count, shape.height, shape.width, channels.reduce(0, +)),
      elements: elements)
  }

  /// Copies some channels into a new tensor.
  func channels(_ range: Range<Int>) -> Tensor {
    let elements = elements
    return Tensor(
      shape: Shape(shape.count, shape.height, shape.width, range.count),
      elements: (0..<shape.count * shape.pixels).flatMap { pixel in
        elements[pixel * shape.channels..<(pixel + 1) * shape.channels].dropFirst(range.lowerBound)
          .prefix(range.count)
      })
  }
}
