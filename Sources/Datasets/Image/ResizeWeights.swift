import Support

/// The inputs and weights of every output when an axis is resized.
///
/// Source: Pillow `Resample.c`, the bilinear filter for 8 bits per channel.
struct ResizeWeights: Sendable {
  /// The fractional bits of a weight; sums of weight times byte stay within 31 bits.
  private static let one = 22

  let inputs: Int
  let outputs: Int
  /// The first input of every output.
  private let starts: [Int32]
  /// The number of inputs of every output.
  private let counts: [Int32]
  /// `maximumCount` weights for every output, in fixed point, padded with zeros.
  private let weights: [Int32]
  private let maximumCount: Int

  init(from inputs: Int, to outputs: Int) {
    precondition(inputs > 0 && outputs > 0, "an axis has at least one pixel")
    self.inputs = inputs
    self.outputs = outputs
    let scale = Double(inputs) / Double(outputs)
    // Enlarging interpolates between two neighbors. Shrinking widens the triangle until it covers all
    // inputs: antialiasing.
    let support = max(scale, 1)
    let inverse = 1 / support
    maximumCount = Int(support.rounded(.up)) * 2 + 1
    var starts: [Int32] = []
    var counts: [Int32] = []
    var weights = [Int32](repeating: 0, count: outputs * maximumCount)
    for output in 0..<outputs {
      let center = (Double(output) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let end = min(inputs, Int(center + support + 0.5))
      let triangle = (start..<end).map { input in
        max(0, 1 - abs((Double(input) - center + 0.5) * inverse))
      }
      let sum = triangle.reduce(0, +)
      for (index, weight) in triangle.enumerated() {
        let exact = (sum == 0 ? weight : weight / sum) * Double(1 << Self.one)
        weights[output * maximumCount + index] = Int32(exact + 0.5)
      }
      starts.append(Int32(start))
      counts.append(Int32(end - start))
    }
    self.starts = starts
    self.counts = counts
    self.weights = weights
  }

  /// The weights between the same few sizes are needed again and again.
  private static let cache = Mutex<[[Int]: ResizeWeights]>([:])

  static func cached(from inputs: Int, to outputs: Int) -> ResizeWeights {
    let key = [inputs, outputs]
    if let weights = cache.withLock({ $0[key] }) { return weights }
    let weights = ResizeWeights(from: inputs, to: outputs)
    cache.withLock { cache in
      // Images of many different sizes must not fill the memory.
      if cache.count >= 1024 { cache.removeAll() }
      cache[key] = weights
    }
    return weights
  }

  /// Half of the divisor, added so that results are rounded.
  private static let half = Int32(1) << Int32(one - 1)

  /// Resizes every row of pixels, from shape (rows, inputs, 3) to (rows, outputs, 3).
  ///
  /// Four rows are processed at a time: their pixels are widened to 32-bit lanes once, four lanes per
  /// pixel, and every output is then a few multiplications of whole vectors.
  func resizeRows(
    of input: UnsafeBufferPointer<UInt8>, rows: Int,
    into output: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(input.count == rows * inputs * 3, "rows of \(inputs) pixels")
    precondition(output.count == rows * outputs * 3, "rows of \(outputs) pixels")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    withUnsafeTemporaryAllocation(of: SIMD16<Int32>.self, capacity: inputs) { spread in
      guard let spread = spread.baseAddress else { return }
      weights.withUnsafeBufferPointer { weights in
        for row in stride(from: 0, to: rows, by: 4) {
          // If fewer than four rows are left, the last one is repeated.
          let group = SIMD4(
            row, min(row &+ 1, rows &- 1), min(row &+ 2, rows &- 1), min(row &+ 3, rows &- 1))
          for x in 0..<inputs {
            var words = SIMD4<UInt32>()
            for lane in 0..<4 {
              let pixel = source + (group[lane] &* inputs &+ x) &* 3
              words[lane] = Self.load(pixel, isLast: x == inputs &- 1)
            }
            spread[x] = SIMD16(truncatingIfNeeded: unsafeBitCast(words, to: SIMD16<UInt8>.self))
          }
          for x in 0..<outputs {
            let first = spread + Int(starts[x])
            let weight = UnsafeBufferPointer(
              rebasing: weights[x &* maximumCount..<x &* maximumCount &+ Int(counts[x])])
            var sum = SIMD16<Int32>(repeating: Self.half)
            for i in 0..<weight.count { sum &+= first[i] &* weight[i] }
            let words = unsafeBitCast(Self.bytes(sum), to: SIMD4<UInt32>.self)
            for lane in 0..<4 {
              let pixel = target + (group[lane] &* outputs &+ x) &* 3
              Self.store(words[lane], to: pixel, isLast: x == outputs &- 1)
            }
          }
        }
      }
    }
  }

  /// Rounds the sums to bytes. Rounded weights may add up to slightly more than 1 and turn 255 into
  /// 256.
  @inline(__always)
  private static func bytes(_ sum: SIMD16<Int32>) -> SIMD16<UInt8> {
    let rounded = sum &>> Int32(one)
    return SIMD16(truncatingIfNeeded: rounded &- rounded &>> 8)
  }

  /// Loads the three bytes of a pixel, with one load of four if another pixel follows in the row; the
  /// fourth byte has no meaning.
  @inline(__always)
  private static func load(_ pixel: UnsafePointer<UInt8>, isLast: Bool) -> UInt32 {
    isLast
      ? UInt32(pixel[0]) | UInt32(pixel[1]) &<< 8 | UInt32(pixel[2]) &<< 16
      : UnsafeRawPointer(pixel).loadUnaligned(as: UInt32.self)
  }

  /// Stores the three bytes of a pixel, with one store of four if another pixel follows in the row,
  /// which is stored next.
  @inline(__always)
  private static func store(
    _ word: UInt32, to pixel: UnsafeMutablePointer<UInt8>, isLast: Bool
  ) {
    if isLast {
      pixel[0] = UInt8(truncatingIfNeeded: word)
      pixel[1] = UInt8(truncatingIfNeeded: word &>> 8)
      pixel[2] = UInt8(truncatingIfNeeded: word &>> 16)
    } else {
      UnsafeMutableRawPointer(pixel).storeBytes(of: word, as: UInt32.self)
    }
  }

  /// Resizes the columns, from shape (inputs, stride) to (outputs, stride): every output row is a
  /// weighted sum of a few input rows.
  func mixRows(
    of input: UnsafeBufferPointer<UInt8>, stride: Int,
    into output: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(input.count == inputs * stride, "\(inputs) rows")
    precondition(output.count == outputs * stride, "\(outputs) rows")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    weights.withUnsafeBufferPointer { weights in
      for y in 0..<outputs {
        let first = source + Int(starts[y]) &* stride
        let row = target + y &* stride
        let weight = UnsafeBufferPointer(
          rebasing: weights[y &* maximumCount..<y &* maximumCount &+ Int(counts[y])])
        var x = 0
        while x &+ 16 <= stride {
          var sum = SIMD16<Int32>(repeating: Self.half)
          for i in 0..<weight.count {
            let bytes = UnsafeRawPointer(first + (i &* stride &+ x))
              .loadUnaligned(as: SIMD16<UInt8>.self)
            sum &+= SIMD16<Int32>(truncatingIfNeeded: bytes) &* weight[i]
          }
          UnsafeMutableRawPointer(row + x)
            .storeBytes(of: Self.bytes(sum), as: SIMD16<UInt8>.self)
          x &+= 16
        }
        while x < stride {
          var sum = Self.half
          for i in 0..<weight.count { sum &+= Int32(first[i &* stride &+ x]) &* weight[i] }
          row[x] = UInt8(truncatingIfNeeded: min(255, sum &>> Int32(Self.one)))
          x &+= 1
        }
      }
    }
  }
}
