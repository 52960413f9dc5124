import Support

// Element-wise operations on whole tensors, on all threads, in pieces of a fixed size.

private let pieceSize = 1 << 14

extension Tensor {
  /// Calls `body` with consecutive pieces of the elements.
  mutating func updatePieces(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    withMutableElements { elements in
      Parallel.forEachRange(of: elements.count, size: pieceSize) { range in
        body(UnsafeMutableBufferPointer(rebasing: elements[range]))
      }
    }
  }

  /// Adds a tensor of the same shape.
  package mutating func add(_ other: Tensor) {
    precondition(shape == other.shape, "expected a tensor like \(shape), got \(other.shape)")
    other.withPointer { addend in
      withMutablePointer { sum in
        Parallel.forEachRange(of: other.shape.elements, size: pieceSize) { range in
          for i in range { sum[i] += addend[i] }
        }
      }
    }
  }

  /// The sum with a tensor of the same shape.
  func adding(_ other: Tensor) -> Tensor {
    precondition(shape == other.shape, "expected a tensor like \(shape), got \(other.shape)")
    return withPointer { first in
      other.withPointer { second in
        Tensor(shape) { sum in
          Parallel.forEachRange(of: shape.elements, size: pieceSize) { range in
            for i in range { sum[i] = first[i] + second[i] }
          }
        }
      }
    }
  }

  /// Multiplies by a tensor of the same shape, element by element.
  mutating func multiply(by other: Tensor) {
    precondition(shape == other.shape, "expected a tensor like \(shape), got \(other.shape)")
    other.withPointer { factor in
      withMutablePointer { product in
        Parallel.forEachRange(of: other.shape.elements, size: pieceSize) { range in
          for i in range { product[i] *= factor[i] }
        }
      }
    }
  }
}
