import CTarget

/// Resizes one axis of part of an image.
struct ResizeKernel {
  private let weights: ResizeWeights
  /// The outputs to compute.
  private let outputs: Range<Int>
  /// The inputs that they are computed from.
  let inputs: Range<Int>

  /// - Parameters:
  ///   - inputs: The pixels of the axis.
  ///   - size: The pixels that the axis is resized to.
  ///   - outputs: Those of them to compute.
  init(from inputs: Int, to size: Int, outputs: Range<Int>) {
    precondition(0 <= outputs.lowerBound && outputs.upperBound <= size, "\(outputs) of \(size)")
    weights = ResizeWeights.cached(from: inputs, to: size)
    self.outputs = outputs
    self.inputs = weights.inputs(of: outputs)
  }

  // MARK: - Rows

  /// Resizes rows of an image.
  ///
  /// Four rows are processed at a time: their pixels are widened to 32-bit lanes once, four lanes per
  /// pixel, and every output is then a few multiplications of whole vectors.
  ///
  /// - Parameters:
  ///   - image: The image; its width is the axis.
  ///   - rows: The rows to resize.
  ///   - target: Memory for them.
  func resizeRows(of image: Image, _ rows: Range<Int>, into target: PixelRows) {
    precondition(image.width == weights.inputs, "rows of \(weights.inputs) pixels")
    precondition(0 <= rows.lowerBound && rows.upperBound <= image.height, "rows of the image")
    precondition(target.width == outputs.count && target.height == rows.count, "memory for them")
    withUnsafeTemporaryAllocation(of: SIMD16<UInt32>.self, capacity: inputs.count) { lanes in
      image.pixels.withUnsafeBufferPointer { pixels in
        guard let lanes = lanes.baseAddress, let pixels = pixels.baseAddress else { return }
        // If fewer than four rows are left, the last one is repeated.
        func start(_ row: Int) -> UnsafePointer<UInt8> {
          let row = min(rows.lowerBound &+ row, rows.upperBound &- 1)
          return pixels + (row &* image.width &+ inputs.lowerBound) &* 3
        }
        for row in stride(from: 0, to: rows.count, by: 4) {
          // The images of a data set are far from the processor.
          for next in row &+ 4..<row &+ 8 {
            for byte in stride(from: 0, to: inputs.count &* 3, by: 64) {
              prefetch(start(next) + byte)
            }
          }
          widen((start(row), start(row &+ 1), start(row &+ 2), start(row &+ 3)), to: lanes)
          // A constant number of taps needs no loop.
          switch weights.taps {
          case 2: combine(lanes, taps: 2, into: target, row)
          case 3: combine(lanes, taps: 3, into: target, row)
          case 4: combine(lanes, taps: 4, into: target, row)
          default: combine(lanes, taps: weights.taps, into: target, row)
          }
        }
      }
    }
  }

  private typealias FourRows = (
    UnsafePointer<UInt8>, UnsafePointer<UInt8>, UnsafePointer<UInt8>, UnsafePointer<UInt8>
  )

  /// Widens the inputs of four rows; the fourth lane of a pixel has no meaning.
  private func widen(_ rows: FourRows, to lanes: UnsafeMutablePointer<SIMD16<UInt32>>) {
    func widen(_ index: Int, _ load: (UnsafePointer<UInt8>) -> UInt32) {
      let pixels = SIMD4(
        load(rows.0 + index &* 3), load(rows.1 + index &* 3), load(rows.2 + index &* 3),
        load(rows.3 + index &* 3))
      lanes[index] = widened16(unsafeBitCast(pixels, to: SIMD16<UInt8>.self))
    }
    // No byte need follow the last pixel of a row.
    let last = inputs.count &- 1
    for index in 0..<last { widen(index) { UnsafeRawPointer($0).loadUnaligned(as: UInt32.self) } }
    widen(last) { UInt32($0[0]) | UInt32($0[1]) &<< 8 | UInt32($0[2]) &<< 16 }
  }

  /// Computes the outputs of four rows, four at a time, and stores them from a row of the target on.
  @inline(__always)
  private func combine(
    _ lanes: UnsafePointer<SIMD16<UInt32>>, taps: Int, into target: PixelRows, _ row: Int
  ) {
    weights.starts.withUnsafeBufferPointer { starts in
      weights.weights.withUnsafeBufferPointer { values in
        guard let starts = starts.baseAddress, let values = values.baseAddress else { return }
        func output(_ index: Int) -> (UnsafePointer<SIMD16<UInt32>>, UnsafePointer<UInt32>) {
          // If fewer than four outputs are left, the last one is repeated.
          let output = min(outputs.lowerBound &+ index, outputs.upperBound &- 1)
          return (lanes + (starts[output] &- inputs.lowerBound), values + output &* taps)
        }
        for index in stride(from: 0, to: outputs.count, by: 4) {
          let (a, b, c, d) = (
            output(index), output(index &+ 1), output(index &+ 2), output(index &+ 3)
          )
          let half = SIMD16<UInt32>(repeating: Self.half)
          var (sumA, sumB, sumC, sumD) = (half, half, half, half)
          for tap in 0..<taps {
            sumA &+= a.0[tap] &* a.1[tap]
            sumB &+= b.0[tap] &* b.1[tap]
            sumC &+= c.0[tap] &* c.1[tap]
            sumD &+= d.0[tap] &* d.1[tap]
          }
          let left = SIMD32(lowHalf: Self.bytes(sumA), highHalf: Self.bytes(sumB))
          let right = SIMD32(lowHalf: Self.bytes(sumC), highHalf: Self.bytes(sumD))
          // Ordered by output, then by row.
          let pixels = unsafeBitCast(
            SIMD64(lowHalf: left, highHalf: right), to: SIMD16<UInt32>.self)
          let (even, odd) = (pixels.evenHalf, pixels.oddHalf)
          func store(_ pixels: SIMD4<UInt32>, _ lane: Int) {
            (target.bytes(row &+ lane) + index &* 4).storeBytes(
              of: pixels, as: SIMD4<UInt32>.self)
          }
          store(even.evenHalf, 0)
          store(odd.evenHalf, 1)
          store(even.oddHalf, 2)
          store(odd.oddHalf, 3)
        }
      }
    }
  }

  @inline(__always)
  private static func bytes(_ sum: SIMD16<UInt32>) -> SIMD16<UInt8> { narrowed16(rounded(sum)) }

  // MARK: - Columns

  /// Resizes columns: every output row is a weighted sum of a few input rows.
  ///
  /// - Parameters:
  ///   - source: The rows of the inputs.
  ///   - target: Memory for those of the outputs.
  func resizeColumns(of source: PixelRows, into target: PixelRows) {
    precondition(source.height == inputs.count && target.height == outputs.count, "all rows")
    precondition(source.width == target.width, "rows of one width")
    weights.weights.withUnsafeBufferPointer { values in
      guard let values = values.baseAddress else { return }
      for y in 0..<outputs.count {
        let output = outputs.lowerBound &+ y
        let first = source.bytes(weights.starts[output] &- inputs.lowerBound)
        let row = target.bytes(y)
        let weight = values + output &* weights.taps
        for x in stride(from: 0, to: source.stride &* 4, by: 64) {
          let half = SIMD16<UInt32>(repeating: Self.half)
          var (red, green, blue) = (half, half, half)
          for tap in 0..<weights.taps {
            let pixels = (first + (tap &* source.stride &* 4 &+ x)).load(as: SIMD16<UInt32>.self)
            red &+= (pixels & 255) &* weight[tap]
            green &+= (pixels &>> 8 & 255) &* weight[tap]
            blue &+= (pixels &>> 16 & 255) &* weight[tap]
          }
          let pixels = Self.rounded(red) | Self.rounded(green) &<< 8 | Self.rounded(blue) &<< 16
          (row + x).storeBytes(of: pixels, as: SIMD16<UInt32>.self)
        }
      }
    }
  }

  // MARK: - Fixed point

  /// Half of the divisor, added so that results are rounded.
  private static let half = UInt32(1) << UInt32(ResizeWeights.fractionalBits - 1)

  /// Rounds sums to numbers from 0 to 255. Rounded weights may add up to slightly more than 1 and turn
  /// 255 into 256.
  @inline(__always)
  private static func rounded(_ sum: SIMD16<UInt32>) -> SIMD16<UInt32> {
    let rounded = sum &>> UInt32(ResizeWeights.fractionalBits)
    return rounded &- rounded &>> 8
  }
}
