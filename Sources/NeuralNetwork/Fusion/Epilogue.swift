import CTarget
import Support

/// The work done on a tensor while it is written, on pixels that are still in the processor's cache.
///
/// A whole batch does not fit there: the same work done afterwards would read the tensor from memory
/// once more.
package struct Epilogue: Sendable {
  /// A tensor of the same shape, which is added first.
  private let addend: Tensor?
  /// Sums over the tensor, with the addend.
  private let sums: [any ChannelSums]

  /// - Parameters:
  ///   - addend: A tensor of the same shape to add.
  ///   - sums: Sums over the result, which need all of its pixels.
  package init(adding addend: Tensor? = nil, sums: [any ChannelSums] = []) {
    self.addend = addend
    self.sums = sums
  }

  /// The same epilogue with an addend.
  func adding(_ addend: Tensor) -> Epilogue {
    precondition(self.addend == nil, "one addend")
    return Epilogue(adding: addend, sums: sums)
  }

  /// Works on pixels that have just been written.
  ///
  /// - Parameters:
  ///   - pixels: Counted over the whole batch; a block's pixels come in ascending order.
  ///   - block: Their block of `Reduction.blocks`.
  ///   - tensor: The tensor's first element; only the pixels must be in memory there.
  ///   - shape: The tensor's shape.
  func apply(
    to pixels: Range<Int>, ofBlock block: Int, of tensor: UnsafeMutablePointer<Float>,
    shape: Shape
  ) {
    if let addend {
      precondition(addend.shape == shape, "expected a tensor like \(shape), got \(addend.shape)")
      addend.withPointer { addend in
        for i in pixels.lowerBound * shape.channels..<pixels.upperBound * shape.channels {
          tensor[i] += addend[i]
        }
      }
    }
    for sums in sums { sums.add(pixels, of: tensor, shape: shape, block: block) }
  }

  /// Has pixels written into memory in the cache, works on them, and writes them to their place past the
  /// caches.
  ///
  /// - Parameters:
  ///   - pixels: Counted over the whole batch; a block's pixels come in ascending order.
  ///   - block: Their block of `Reduction.blocks`.
  ///   - tensor: The tensor's first element.
  ///   - shape: The tensor's shape.
  ///   - write: Writes the pixels one after the other.
  func stream(
    _ pixels: Range<Int>, ofBlock block: Int, to tensor: UnsafeMutablePointer<Float>,
    shape: Shape, write: (UnsafeMutablePointer<Float>) -> Void
  ) {
    let first = pixels.lowerBound * shape.channels
    let count = pixels.count * shape.channels
    let scratch = Storage(count: count)
    defer { withExtendedLifetime(scratch) {} }
    write(scratch.pointer)
    apply(to: pixels, ofBlock: block, of: scratch.pointer - first, shape: shape)
    var i = 0
    while i + 16 <= count {
      stream16(tensor + (first + i), SIMD16<Float>.load(scratch.pointer + i))
      i += 16
    }
    (tensor + (first + i)).update(from: scratch.pointer + i, count: count - i)
    stream_fence()
  }

  /// Adds the addend to a tensor that was written as a whole. The sums are left to their owner, who
  /// adds whatever pixels are missing.
  func apply(to tensor: consuming Tensor) -> Tensor {
    var tensor = tensor
    if let addend { tensor.add(addend) }
    return tensor
  }
}
