import Synchronization

extension ImageSize {
  /// The size with the short side changed to `shortSide` pixels and the long one in proportion,
  /// rounded down.
  ///
  /// Source: torchvision `Resize(int)`.
  public func resized(shortSide target: Int) -> ImageSize {
    height < width
      ? ImageSize(width: target * width / height, height: target)
      : ImageSize(width: target, height: target * height / width)
  }
}

extension Image {
  /// The image with its short side resized to `shortSide` pixels.
  ///
  /// Source: torchvision `Resize(int)` on a PIL image.
  public func resized(shortSide: Int) -> Image {
    resized(to: size.resized(shortSide: shortSide))
  }

  /// The image at another size, bilinear and antialiased, equal to Pillow's byte for byte.
  ///
  /// First the rows, then the columns, each rounded to 8 bits; weights are fixed-point integers, so
  /// nothing depends on the processor.
  ///
  /// Source: Pillow `Image.resize(size, Resampling.BILINEAR)`.
  public func resized(to target: ImageSize) -> Image {
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
      pixels.withUnsafeBufferPointer { input in
        for y in 0..<height {
          weights.resizeRow(
            UnsafeBufferPointer(rebasing: input[y * width * 3..<(y + 1) * width * 3]),
            into: UnsafeMutableBufferPointer(
              rebasing: output[y * weights.outputs * 3..<(y + 1) * weights.outputs * 3]))
        }
      }
    }
  }

  private func resizingColumns(_ weights: ResizeWeights) -> Image {
    let stride = width * 3
    return Image(size: ImageSize(width: width, height: weights.outputs)) { output in
      pixels.withUnsafeBufferPointer { input in
        for y in 0..<weights.outputs {
          weights.mixRows(
            of: input, stride: stride, output: y,
            into: UnsafeMutableBufferPointer(rebasing: output[y * stride..<(y + 1) * stride]))
        }
      }
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

  /// Resizes one row of pixels, (inputs, 3) to (outputs, 3).
  func resizeRow(
    _ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(input.count == inputs * 3 && output.count == outputs * 3, "whole rows")
    guard let source = input.baseAddress, let target = output.baseAddress else { return }
    weights.withUnsafeBufferPointer { weights in
      for x in 0..<outputs {
        let start = Int(starts[x])
        let count = Int(counts[x])
        let first = source + start &* 3
        let weight = UnsafeBufferPointer(
          rebasing: weights[x &* maximumCount..<x &* maximumCount &+ count])
        var red = Int32(1) << Int32(Self.one - 1)
        var green = red
        var blue = red
        for i in 0..<count {
          red &+= Int32(first[3 &* i]) &* weight[i]
          green &+= Int32(first[3 &* i &+ 1]) &* weight[i]
          blue &+= Int32(first[3 &* i &+ 2]) &* weight[i]
        }
        target[3 &* x] = UInt8(truncatingIfNeeded: min(255, red &>> Int32(Self.one)))
        target[3 &* x &+ 1] = UInt8(truncatingIfNeeded: min(255, green &>> Int32(Self.one)))
        target[3 &* x &+ 2] = UInt8(truncatingIfNeeded: min(255, blue &>> Int32(Self.one)))
      }
    }
  }

  /// One row of the result of resizing the columns of an image, as a mixture of the image's rows.
  func mixRows(
    of input: UnsafeBufferPointer<UInt8>, stride: Int, output y: Int,
    into row: UnsafeMutableBufferPointer<UInt8>
  ) {
    precondition(input.count == inputs * stride && row.count == stride, "whole rows")
    guard let source = input.baseAddress, let target = row.baseAddress else { return }
    let first = source + Int(starts[y]) &* stride
    let count = Int(counts[y])
    weights.withUnsafeBufferPointer { weights in
      let weight = UnsafeBufferPointer(
        rebasing: weights[y * maximumCount..<y * maximumCount + count])
      for x in 0..<stride {
        var sum = Int32(1) << Int32(Self.one - 1)
        for i in 0..<count { sum &+= Int32(first[i &* stride &+ x]) &* weight[i] }
        target[x] = UInt8(truncatingIfNeeded: min(255, sum &>> Int32(Self.one)))
      }
    }
  }
}
