import CTarget

/// Sums of x and x² over the pixels of one block of a batch, channel by channel, which kernels take while
/// they write the pixels past the caches: a batch's activations do not fit there.
///
/// Up to 16 pixels are summed in single precision, those sums in double precision.
struct MomentSums: @unchecked Sendable {
  /// The sum of x of each channel, up to a multiple of 16.
  let first: UnsafeMutablePointer<Double>
  /// The sum of x² of each channel, up to a multiple of 16.
  let second: UnsafeMutablePointer<Double>

  /// Adds the sums over a few pixels of 16 channels.
  @inline(__always)
  func add(_ sum: SIMD16<Float>, _ squares: SIMD16<Float>, at channel: Int) {
    @inline(__always) func add(_ x: SIMD8<Float>, _ target: UnsafeMutablePointer<Double>) {
      let total = UnsafeRawPointer(target).loadUnaligned(as: SIMD8<Double>.self) + SIMD8<Double>(x)
      UnsafeMutableRawPointer(target).storeBytes(of: total, as: SIMD8<Double>.self)
    }
    add(sum.lowHalf, first + channel)
    add(sum.highHalf, first + (channel &+ 8))
    add(squares.lowHalf, second + channel)
    add(squares.highHalf, second + (channel &+ 8))
  }

  /// Copies pixels from the cache to their place, and adds them.
  ///
  /// - Parameters:
  ///   - source: The pixels.
  ///   - sourceStride: The stride between them, in elements.
  ///   - count: The number of pixels.
  ///   - channels: The channels of a pixel.
  ///   - target: Where the first pixel belongs.
  ///   - targetStride: The stride between pixels there, in elements.
  func stream(
    _ source: UnsafePointer<Float>, sourceStride: Int, count: Int, channels: Int,
    to target: UnsafeMutablePointer<Float>, targetStride: Int
  ) {
    for start in stride(from: 0, to: count, by: 16) {
      let pixels = start..<min(count, start + 16)
      var c = 0
      while c < channels {
        let lanes = PartialLanes(count: min(16, channels &- c))
        var (sum, squares) = (SIMD16<Float>(), SIMD16<Float>())
        for pixel in pixels {
          let x = lanes.load(source + (pixel &* sourceStride &+ c))
          sum += x
          squares.addProduct(x, x)
          let target = target + (pixel &* targetStride &+ c)
          if lanes.count == 16 { stream16(target, x) } else { lanes.store(x, target) }
        }
        add(sum, squares, at: c)
        c &+= 16
      }
    }
  }
}
