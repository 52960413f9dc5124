import Support

/// Activations as the next layer reads them: a tensor, or the result of batch norm and a ReLU on it.
///
/// Once its statistics are known, batch norm is element-wise. It is applied where the next layer reads,
/// image by image in the processor's cache, so that normalized activations are neither written nor
/// kept for the backward pass.
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

  /// Shape (N, H, W, C).
  let tensor: Tensor
  /// One for every 16 channels; empty if the tensor is read unchanged.
  private let affine: [AffineLanes]
  private let appliesReLU: Bool

  /// The unchanged elements of a tensor.
  package init(_ tensor: Tensor) {
    (self.tensor, affine, appliesReLU) = (tensor, [], false)
  }

  /// A tensor with an affine map for each channel, followed by a ReLU if `appliesReLU`.
  package init(_ tensor: Tensor, affine: Affine, appliesReLU: Bool) {
    precondition(affine.scale.count == tensor.shape.channels, "a map for every channel")
    self.tensor = tensor
    self.affine = Self.lanes(affine)
    self.appliesReLU = appliesReLU
  }

  static func lanes(_ affine: Affine) -> [AffineLanes] {
    var lanes = [AffineLanes](repeating: AffineLanes(), count: (affine.scale.count + 15) / 16)
    for c in affine.scale.indices {
      lanes[c / 16].scale[c % 16] = affine.scale[c]
      lanes[c / 16].shift[c % 16] = affine.shift[c]
    }
    return lanes
  }

  package var shape: Shape { tensor.shape }

  /// Computes all activations into a tensor.
  package func materialized() -> Tensor {
    if affine.isEmpty { return tensor }
    return write { reader, pixels, target in reader.read(pixels, to: target) }
  }

  /// The sum with activations of the same shape.
  consuming func adding(_ other: LazyActivations) -> Tensor {
    precondition(shape == other.shape, "expected activations like \(shape), got \(other.shape)")
    let channels = shape.channels
    if affine.isEmpty {
      var sum = tensor
      sum.add(other.materialized())
      return sum
    }
    return other.withReader { other in
      write { reader, pixels, target in
        let count = pixels.count * channels
        let addend = Storage(count: count)
        reader.read(pixels, to: target)
        other.read(pixels, to: addend.pointer)
        for i in 0..<count { target[i] += addend.pointer[i] }
        withExtendedLifetime(addend) {}
      }
    }
  }

  /// Creates a tensor of the same shape, of which `body` writes a few pixels at a time.
  private func write(
    _ body: (Reader, _ pixels: Range<Int>, _ target: UnsafeMutablePointer<Float>) -> Void
  ) -> Tensor {
    var result = Tensor(uninitialized: shape)
    result.withMutablePointer { target in
      withReader { reader in
        Parallel.forEachRange(of: shape.count * shape.pixels, size: 64) { pixels in
          body(reader, pixels, target + pixels.lowerBound * shape.channels)
        }
      }
    }
    return result
  }

  /// Calls `body` with a reader of the activations.
  func withReader<Result>(_ body: (Reader) -> Result) -> Result {
    tensor.withPointer { source in
      affine.withPointer { lanes in
        body(
          Reader(
            source: source, channels: shape.channels, affine: affine.isEmpty ? nil : lanes,
            appliesReLU: appliesReLU))
      }
    }
  }

  /// Reads the activations of some pixels.
  struct Reader: @unchecked Sendable {
    fileprivate let source: UnsafePointer<Float>
    fileprivate let channels: Int
    fileprivate let affine: UnsafePointer<AffineLanes>?
    fileprivate let appliesReLU: Bool

    /// The tensor's first element if it is read unchanged, else `nil`.
    var plain: UnsafePointer<Float>? { affine == nil ? source : nil }

    /// Writes pixels, counted over the whole batch, one after the other.
    func read(_ pixels: Range<Int>, to target: UnsafeMutablePointer<Float>) {
      let x = source + pixels.lowerBound * channels
      guard let affine else { return target.update(from: x, count: pixels.count * channels) }
      for pixel in 0..<pixels.count {
        var c = 0
        while c < channels {
          let lanes = PartialLanes(count: min(16, channels &- c))
          let value = affine[c >> 4](lanes.load(x + (pixel &* channels &+ c)))
          lanes.store(appliesReLU ? value.withReLU() : value, target + (pixel &* channels &+ c))
          c &+= 16
        }
      }
    }

    /// 16 channels of a pixel, which must have as many from `channel` on.
    @inline(__always)
    func lanes(_ pixel: Int, _ channel: Int) -> SIMD16<Float> {
      let x = SIMD16<Float>.load(source + (pixel &* channels &+ channel))
      guard let affine else { return x }
      let value = affine[channel >> 4](x)
      return appliesReLU ? value.withReLU() : value
    }
  }
}
