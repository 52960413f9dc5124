import Support

/// Activations as the next layer reads them: a tensor, the result of batch norm and a ReLU on it, or the
/// sum of two of these.
///
/// Once its statistics are known, batch norm is element-wise, and so is the addition of a bypass. They are
/// applied where the next layer reads, image by image in the processor's cache, so that normalized
/// activations and sums are neither written nor kept for the backward pass.
package struct LazyActivations: Sendable {
  /// A scale and a shift for each channel: batch norm with known statistics.
  package struct Affine: Sendable {
    var scale: [Float]
    var shift: [Float]

    /// Concatenates the maps of two ranges of channels.
    package static func + (first: Affine, second: Affine) -> Affine {
      Affine(scale: first.scale + second.scale, shift: first.shift + second.shift)
    }
  }

  /// An affine map of 16 neighboring channels.
  struct AffineLanes: Sendable {
    var scale = SIMD16<Float>()
    var shift = SIMD16<Float>()

    @inline(__always)
    func callAsFunction(_ x: SIMD16<Float>) -> SIMD16<Float> { shift.addingProduct(x, scale) }
  }

  /// A tensor with an element-wise operation.
  private struct Term: Sendable {
    /// Shape (N, H, W, C).
    var tensor: Tensor
    /// One for every 16 channels; empty if the tensor is read unchanged.
    var affine: [AffineLanes]
    var appliesReLU: Bool
  }

  private let term: Term
  /// What is added to `term`.
  private let addend: Term?

  private init(_ term: Term, addend: Term? = nil) {
    (self.term, self.addend) = (term, addend)
  }

  /// The unchanged elements of a tensor.
  package init(_ tensor: Tensor) {
    self.init(Term(tensor: tensor, affine: [], appliesReLU: false))
  }

  /// A tensor with an affine map for each channel, followed by a ReLU if `appliesReLU`.
  package init(_ tensor: Tensor, affine: Affine, appliesReLU: Bool) {
    precondition(affine.scale.count == tensor.shape.channels, "a map for every channel")
    self.init(Term(tensor: tensor, affine: Self.lanes(affine), appliesReLU: appliesReLU))
  }

  static func lanes(_ affine: Affine) -> [AffineLanes] {
    var lanes = [AffineLanes](repeating: AffineLanes(), count: (affine.scale.count + 15) / 16)
    for c in affine.scale.indices {
      lanes[c / 16].scale[c % 16] = affine.scale[c]
      lanes[c / 16].shift[c % 16] = affine.shift[c]
    }
    return lanes
  }

  /// (N, H, W, C).
  package var shape: Shape { term.tensor.shape }

  /// The tensor, if it is read unchanged.
  private var plain: Tensor? { term.affine.isEmpty && addend == nil ? term.tensor : nil }

  /// Computes all activations into a tensor.
  package func materialized() -> Tensor {
    if let plain { return plain }
    var result = Tensor(uninitialized: shape)
    result.withMutablePointer { target in
      withReader { reader in
        Parallel.forEachRange(of: shape.count * shape.pixels, size: 64) { pixels in
          reader.read(pixels, to: target + pixels.lowerBound * shape.channels)
        }
      }
    }
    return result
  }

  /// The sum with activations of the same shape.
  func adding(_ other: LazyActivations) -> LazyActivations {
    precondition(shape == other.shape, "expected activations like \(shape), got \(other.shape)")
    // The sum of two tensors costs less once than whenever it is read.
    if let plain { return LazyActivations(plain.adding(other.materialized())) }
    guard addend == nil, other.addend == nil else {
      return LazyActivations(materialized()).adding(other)
    }
    return LazyActivations(term, addend: other.term)
  }

  /// Calls `body` with a reader of the activations.
  func withReader<Result>(_ body: (Reader) -> Result) -> Result {
    func withSource<Inner>(_ term: Term, _ body: (Source) -> Inner) -> Inner {
      term.tensor.withPointer { first in
        term.affine.withPointer { lanes in
          body(
            Source(
              first: first, affine: term.affine.isEmpty ? nil : lanes,
              appliesReLU: term.appliesReLU))
        }
      }
    }
    return withSource(term) { source in
      guard let addend else {
        return body(Reader(channels: shape.channels, source: source, addend: nil))
      }
      return withSource(addend) {
        body(Reader(channels: shape.channels, source: source, addend: $0))
      }
    }
  }

  /// A term of activations in memory.
  fileprivate struct Source {
    let first: UnsafePointer<Float>
    let affine: UnsafePointer<AffineLanes>?
    let appliesReLU: Bool

    /// Up to 16 channels from `channel` on, which begin at an offset.
    @inline(__always)
    func lanes(at offset: Int, _ channel: Int, _ lanes: PartialLanes) -> SIMD16<Float> {
      let x = lanes.load(first + offset)
      guard let affine else { return x }
      let value = affine[channel >> 4](x)
      return appliesReLU ? value.withReLU() : value
    }
  }

  /// Reads the activations of some pixels.
  struct Reader: @unchecked Sendable {
    fileprivate let channels: Int
    fileprivate let source: Source
    fileprivate let addend: Source?

    /// The tensor's first element if it is read unchanged, else `nil`.
    var plain: UnsafePointer<Float>? {
      source.affine == nil && addend == nil ? source.first : nil
    }

    /// Writes pixels, counted over the whole batch, one after the other.
    func read(_ pixels: Range<Int>, to target: UnsafeMutablePointer<Float>) {
      let first = pixels.lowerBound * channels
      if let plain { return target.update(from: plain + first, count: pixels.count * channels) }
      @inline(__always) func write(_ value: (_ offset: Int, Int, PartialLanes) -> SIMD16<Float>) {
        for pixel in 0..<pixels.count {
          var c = 0
          while c < channels {
            let lanes = PartialLanes(count: min(16, channels &- c))
            let offset = pixel &* channels &+ c
            lanes.store(value(first &+ offset, c, lanes), target + offset)
            c &+= 16
          }
        }
      }
      if let addend {
        write { source.lanes(at: $0, $1, $2) + addend.lanes(at: $0, $1, $2) }
      } else {
        write { source.lanes(at: $0, $1, $2) }
      }
    }

    /// 16 channels of a pixel, which must have as many from `channel` on.
    @inline(__always)
    func lanes(_ pixel: Int, _ channel: Int) -> SIMD16<Float> {
      let offset = pixel &* channels &+ channel
      let x = source.lanes(at: offset, channel, PartialLanes(count: 16))
      guard let addend else { return x }
      return x + addend.lanes(at: offset, channel, PartialLanes(count: 16))
    }
  }
}
