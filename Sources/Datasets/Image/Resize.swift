import Support

extension ImageSize {
  /// The size with the short side changed to `shortSide` pixels and the long one in proportion,
  /// rounded down.
  ///
  /// Source: torchvision `Resize(int)`.
  package func resized(shortSide target: Int) -> ImageSize {
    height < width
      ? ImageSize(width: target * width / height, height: target)
      : ImageSize(width: target, height: target * height / width)
  }
}

extension Image {
  /// Checks that a very long image does not grow beyond all memory when its short side is resized.
  ///
  /// - Throws: `Failure` with code 65 that names the image `path`.
  package func requireResizable(shortSide: Int, path: String) throws {
    let target = size.resized(shortSide: shortSide)
    guard target.width * target.height <= Self.pixelLimit else {
      throw Failure(
        .corrupt,
        "\(path): \(size) pixels are \(target) when the short side has \(shortSide), "
          + "more than \(Self.pixelLimit) together")
    }
  }

  /// The image with its short side resized to `shortSide` pixels.
  ///
  /// Source: torchvision `Resize(int)` on a PIL image.
  package func resized(shortSide: Int) -> Image {
    resized(to: size.resized(shortSide: shortSide))
  }

  /// The image at another size, bilinear and antialiased.
  ///
  /// First the rows, then the columns, each rounded to 8 bits; weights are fixed-point integers, so
  /// nothing depends on the processor.
  ///
  /// Source: Pillow `Image.resize(size, Resampling.BILINEAR)`, byte for byte; since version 13
  /// Pillow begins with the columns where height shrinks more than twice as much as width, which
  /// never happens in proportion.
  package func resized(to target: ImageSize) -> Image {
    var image = self
    if target.width != width {
      let weights = ResizeWeights.cached(from: width, to: target.width)
      image = image.resizingRows(weights)
    }
    if target.height != height {
      let weights = ResizeWeights.cached(from: height, to: target.height)
      image = image.resizingColumns(weights)
    }
    return image
  }

  private func resizingRows(_ weights: ResizeWeights) -> Image {
    Image(size: ImageSize(width: weights.outputs, height: height)) { output in
      pixels.withUnsafeBufferPointer { weights.resizeRows(of: $0, rows: height, into: output) }
    }
  }

  private func resizingColumns(_ weights: ResizeWeights) -> Image {
    Image(size: ImageSize(width: width, height: weights.outputs)) { output in
      pixels.withUnsafeBufferPointer { weights.mixRows(of: $0, stride: width * 3, into: output) }
    }
  }
}

/// Which inputs an output of a resized axis is made of, and with which weights.
///
/// Source: Pillow `Resample.c`, the bilinear filter for 8 bits a channel.
struct ResizeWeights: Sendable {
  /// A weight of 1; sums of weight times byte stay within 31 bits.
  private static let one = 22

  let inputs: Int
  let outputs: Int
  /// For every output, the first input it is made of.
  private let starts: [Int32]
  /// For every output, how many inputs it is made of.
  private let counts: [Int32]
  /// For every output, `maximumCount` weights with `one` fractional bits, zeros at the end.
  private let weights: [Int32]
  private let maximumCount: Int

  init(from inputs: Int, to outputs: Int) {
    precondition(inputs > 0 && outputs > 0, "an axis has at least one pixel")
    self.inputs = inputs
    self.outputs = outputs
    let scale = Double(inputs) / Double(outputs)
    // Enlarging interpolates between two neighbors; shrinking widens the triangle to cover all
    // inputs, which is what antialiasing means here.
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

  /// Weights are asked for again and again for the same few sizes.
  private static let cache = Mutex<[[Int]: ResizeWeights]>([:])

  static func cached(from inputs: Int, to outputs: Int) -> ResizeWeights {
    let key = [inputs, outputs]
    if let weights = cache.withLock({ $0[key] }) { return weights }
    let weights = ResizeWeights(from: inputs, to: outputs)
    cache.withLock { cache in
      // Images of many sizes must not fill the memory with weights.
      if cache.count >= 1024 { cache.removeAll() }
      cache[key] = weights
    }
    return weights
  }

  /// Half of what a result is divided by, so that it is rounded.
  private static let half = Int32(1) << Int32(one - 1)

  /// Resizes every row of pixels: (rows, inputs, 3) to (rows, outputs, 3).
  ///
  /// Four rows at a time: their pixels are spread to 32-bit lanes once, four lanes a pixel, and
  /// then each output is a few multiplications of whole vectors.
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
          // Where fewer than four rows are left, the last one stands in for the missing ones.
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

  /// The sums as bytes. Rounded weights may add up to a little over 1 and make 256 of 255.
  @inline(__always)
  private static func bytes(_ sum: SIMD16<Int32>) -> SIMD16<UInt8> {
    let rounded = sum &>> Int32(one)
    return SIMD16(truncatingIfNeeded: rounded &- rounded &>> 8)
  }

  /// The three bytes of a pixel; the fourth has no meaning. Taken at once where another pixel
  /// follows in the row.
  @inline(__always)
  private static func load(_ pixel: UnsafePointer<UInt8>, isLast: Bool) -> UInt32 {
    isLast
      ? UInt32(pixel[0]) | UInt32(pixel[1]) &<< 8 | UInt32(pixel[2]) &<< 16
      : UnsafeRawPointer(pixel).loadUnaligned(as: UInt32.self)
  }

  /// Writes three bytes of a pixel, and a fourth where another pixel follows, to be written next.
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

  /// Resizes the columns: every row of the result is a mixture of a few rows, (inputs, stride) to
  /// (outputs, stride).
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
