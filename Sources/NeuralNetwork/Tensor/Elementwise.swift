import Support

// Element-wise work on whole tensors, in pieces of a fixed size.

private let pieceSize = 1 << 14

extension Tensor {
  /// Calls `body` with consecutive pieces of the elements, on all threads.
  mutating func updateRows(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    withMutableElements { elements in
      nonisolated(unsafe) let elements = elements
      Parallel.forEachRange(of: elements.count, size: pieceSize) { range in
        body(UnsafeMutableBufferPointer(rebasing: elements[range]))
      }
    }
  }

  /// Adds a tensor of the same shape.
  package mutating func add(_ other: Tensor) {
    precondition(shape == other.shape, "expected a tensor like \(shape), got \(other.shape)")
    other.withElements { addend in
      withMutableElements { sum in
        nonisolated(unsafe) let (sum, addend) = (sum, addend)
        Parallel.forEachRange(of: sum.count, size: pieceSize) { range in
          for i in range { sum[i] += addend[i] }
        }
      }
    }
  }

  /// Multiplies by a tensor of the same shape, element by element.
  mutating func multiply(by other: Tensor) {
    precondition(shape == other.shape, "expected a tensor like \(shape), got \(other.shape)")
    other.withElements { factor in
      withMutableElements { product in
        nonisolated(unsafe) let (product, factor) = (product, factor)
        Parallel.forEachRange(of: product.count, size: pieceSize) { range in
          for i in range { product[i] *= factor[i] }
        }
      }
    }
  }

  /// Tensors of the same N, H and W side by side along their channels (PyTorch's `cat`, dim 1).
  package static func concatenateChannels(_ parts: [Tensor]) -> Tensor {
    guard let first = parts.first else { preconditionFailure("at least one tensor") }
    let channels = parts.map(\.shape.channels).reduce(0, +)
    let shape = first.shape
    var result = Tensor(
      uninitialized: Shape(shape.count, shape.height, shape.width, channels))
    var offset = 0
    for part in parts {
      precondition(
        part.shape.count == shape.count && part.shape.height == shape.height
          && part.shape.width == shape.width, "expected a tensor like \(shape), got \(part.shape)")
      result.copyChannels(of: part, from: 0, to: offset, count: part.shape.channels)
      offset += part.shape.channels
    }
    return result
  }

  /// Some channels as a tensor of their own: the backward pass of `concatenateChannels`.
  package func channels(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape.channels)
    var result = Tensor(
      uninitialized: Shape(shape.count, shape.height, shape.width, range.count))
    result.copyChannels(of: self, from: range.lowerBound, to: 0, count: range.count)
    return result
  }

  /// Some images as a batch of their own.
  package func images(_ range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape.count)
    if range.count == shape.count { return self }
    var result = Tensor(
      uninitialized: Shape(range.count, shape.height, shape.width, shape.channels))
    let first = range.lowerBound * shape.imageSize
    withElements { elements in
      result.withMutableElements { result in
        _ = result.update(
          from: UnsafeBufferPointer(rebasing: elements[first..<first + result.count]))
      }
    }
    return result
  }

  private mutating func copyChannels(of source: Tensor, from: Int, to: Int, count: Int) {
    let (channels, sourceChannels) = (shape.channels, source.shape.channels)
    let pixels = shape.count * shape.pixels
    source.withElements { source in
      withMutableElements { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        Parallel.forEachRange(of: pixels, size: 1024) { range in
          for pixel in range {
            (target + pixel * channels + to).update(
              from: source + pixel * sourceChannels + from, count: count)
          }
        }
      }
    }
  }
}
