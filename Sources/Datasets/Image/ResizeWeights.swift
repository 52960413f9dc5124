import Support

/// The inputs of every output when an axis is resized, and their weights.
///
/// Source: Pillow `Resample.c`, the bilinear filter for 8 bits per channel.
struct ResizeWeights: Sendable {
  /// The fractional bits of a weight; sums of weight times byte stay within 31 bits.
  static let fractionalBits = 22

  /// The number of inputs.
  let inputs: Int
  /// The number of outputs.
  let outputs: Int
  /// How many neighboring inputs an output is computed from, some of which may have no weight.
  let taps: Int
  /// The first input of every output.
  let starts: [Int]
  /// The weights in fixed point, shape (outputs, taps).
  let weights: [UInt32]

  init(from inputs: Int, to outputs: Int) {
    precondition(inputs > 0 && outputs > 0, "an axis has at least one pixel")
    let scale = Double(inputs) / Double(outputs)
    // Enlarging interpolates between two neighbors. Shrinking widens the triangle until it covers all
    // inputs: antialiasing.
    let support = max(scale, 1)
    let inverse = 1 / support
    let filters = (0..<outputs).map { output -> (start: Int, weights: [UInt32]) in
      let center = (Double(output) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let end = min(inputs, Int(center + support + 0.5))
      let triangle = (start..<end).map { input in
        max(0, 1 - abs((Double(input) - center + 0.5) * inverse))
      }
      let sum = triangle.reduce(0, +)
      let weights = triangle.map { weight in
        let exact = (sum == 0 ? weight : weight / sum) * Double(1 << Self.fractionalBits)
        return UInt32(exact + 0.5)
      }
      return (start, weights)
    }
    let taps = filters.map(\.weights.count).max() ?? 1
    self.inputs = inputs
    self.outputs = outputs
    self.taps = taps
    starts = filters.map { min($0.start, inputs - taps) }
    weights = filters.flatMap { filter in
      // Near the end, inputs without weight come first, so that all of them exist.
      let before = max(0, filter.start + taps - inputs)
      let after = taps - before - filter.weights.count
      return [UInt32](repeating: 0, count: before) + filter.weights
        + [UInt32](repeating: 0, count: after)
    }
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

  /// The inputs that neighboring outputs are computed from.
  func inputs(of outputs: Range<Int>) -> Range<Int> {
    starts[outputs.lowerBound]..<starts[outputs.upperBound - 1] + taps
  }
}
