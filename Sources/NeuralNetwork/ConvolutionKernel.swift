// The convolution kernel of the direct engine.
//
//   y[p, o] = start[o] + Σ ky Σ k  x[offset[p] + ky · rowStride + k] · w[(ky · run + k), o]
//
// In (N, H, W, C) order the inputs under one row of a window are `run` = kernel width · channels
// numbers side by side, so a window is as many runs as the kernel has rows, and a window of any
// kernel, stride and padding (the border being there as zeros) is told by where it starts.
//
// Tiling: up to 64 output channels of 6 to 10 pixels stay in registers (24 of AVX-512's 32; 12 of
// AVX2's 16) while k goes through the window once. Each step of k loads the weights of the group
// once and broadcasts one number of each pixel; both are read front to back. Pixels have a pointer
// each, so a tile may go on from one row of the image to the next and no shape has remainders, but
// for the last tile of an image: its spare rows compute the last pixel again.
//
// Each output is one chain of fused multiply-adds in the order of k. How channels and pixels are
// dealt out to tiles, and the width of registers, change no bit.

/// The windows of a convolution in the memory of one image.
struct Windows {
  /// Where the window of each output pixel starts.
  var offsets: [Int]
  /// Between the starts of two rows of a window.
  var rowStride: Int
  /// The rows of a window.
  var rows: Int
  /// The numbers in a row of a window.
  var run: Int

  /// The numbers in a window.
  var size: Int { rows * run }

  /// The windows of an image without a border, of shape (height, width, channels).
  init(kernelSize: Int, stride: Int, height: Int, width: Int, channels: Int) {
    rowStride = width * channels
    rows = kernelSize
    run = kernelSize * channels
    offsets = []
    for y in Swift.stride(from: 0, through: height - kernelSize, by: stride) {
      for x in Swift.stride(from: 0, through: width - kernelSize, by: stride) {
        offsets.append((y * width + x) * channels)
      }
    }
  }
}

/// A convolution's weights in the order in which the kernel reads them: group of output channels by
/// group, (ky, kx, inputs, outputs of the group). Spare outputs of the last group are 0.
struct PackedWeights: Sendable {
  let outputs: Int
  private let storage: Storage

  /// They start on a cache line, so that no load of a register touches two.
  fileprivate var elements: UnsafeMutableBufferPointer<Float> { storage.elements }

  /// Takes the weight of an output for a channel at a tap of the kernel from `weight`.
  @inline(__always)
  init(
    outputs: Int, taps: Int, channels: Int,
    weight: (_ output: Int, _ tap: Int, _ channel: Int) -> Float
  ) {
    self.outputs = outputs
    storage = Storage(count: roundedToGroup(outputs) * taps * channels)
    let elements = storage.elements
    elements.initialize(repeating: 0)
    var first = 0
    while first < outputs {
      let width = groupWidth(outputs - first)
      var position = first * taps * channels
      for tap in 0..<taps {
        for channel in 0..<channels {
          for o in first..<min(outputs, first + width) {
            elements[position + o - first] = weight(o, tap, channel)
          }
          position += width
        }
      }
      first += width
    }
  }
}

enum ConvolutionKernel {
  /// Computes one image.
  ///
  /// - Parameters:
  ///   - windows: Where to read `input`.
  ///   - input: The image's numbers.
  ///   - weights: One for each number of a window and each output.
  ///   - start: What the sums start from, one number an output and up to the next multiple of 16;
  ///     `nil` for what `output` holds already.
  ///   - applyReLU: Whether max(·, 0) is written.
  ///   - output: The first output channel of the image's first pixel.
  ///   - pixelStride: Between two pixels of `output`.
  static func run(
    _ windows: Windows, input: UnsafePointer<Float>, weights: PackedWeights,
    start: [Float]?, applyReLU: Bool = false, output: UnsafeMutablePointer<Float>,
    pixelStride: Int
  ) {
    let padded = roundedToGroup(weights.outputs)
    precondition(start.map { $0.count == padded } ?? true, "a start for every output")
    (start ?? []).withUnsafeBufferPointer { numbers in
      windows.offsets.withUnsafeBufferPointer { offsets in
        guard let elements = weights.elements.baseAddress else { return }
        let start = start == nil ? nil : numbers.baseAddress
        func group<Group: Lanes>(_: Group.Type, _ first: Int) {
          runGroup(
            Group.self, windows, offsets: offsets, input: input,
            weights: elements + first * windows.size, start: start.map { $0 + first },
            applyReLU: applyReLU, output: output + first,
            channels: min(Group.count, weights.outputs - first),
            pixelStride: pixelStride)
        }
        forEachGroup(of: weights.outputs) { type, first in group(type, first) }
      }
    }
  }

  /// All pixels of one group of output channels.
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  @_specialize(where Group == Lanes48)
  @_specialize(where Group == Lanes64)
  private static func runGroup<Group: Lanes>(
    _: Group.Type, _ windows: Windows, offsets: UnsafeBufferPointer<Int>,
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, start: UnsafePointer<Float>?,
    applyReLU: Bool, output: UnsafeMutablePointer<Float>, channels: Int, pixelStride: Int
  ) {
    let last = offsets.count - 1
    let (rows, rowStride, run) = (windows.rows, windows.rowStride, windows.run)
    for first in stride(from: 0, through: last, by: Group.rows) {
      @inline(__always) func pixel(_ row: Int) -> Int { min(first &+ row, last) }
      @inline(__always) func window(_ row: Int) -> UnsafePointer<Float> {
        input + offsets[pixel(row)]
      }
      let (x0, x1, x2, x3, x4) = (window(0), window(1), window(2), window(3), window(4))
      let (x5, x6, x7, x8, x9) = (window(5), window(6), window(7), window(8), window(9))
      var y0 = Group(repeating: 0)
      var (y1, y2, y3, y4, y5, y6, y7, y8, y9) = (y0, y0, y0, y0, y0, y0, y0, y0, y0)
      if let start {
        y0 = Group.load(start)
        (y1, y2, y3, y4, y5) = (y0, y0, y0, y0, y0)
        if Group.rows > 6 { (y6, y7) = (y0, y0) }
        if Group.rows > 8 { (y8, y9) = (y0, y0) }
      } else {
        @inline(__always) func sum(_ row: Int) -> Group {
          load(output + pixel(row) &* pixelStride, channels: channels)
        }
        (y0, y1, y2, y3, y4, y5) = (sum(0), sum(1), sum(2), sum(3), sum(4), sum(5))
        if Group.rows > 6 { (y6, y7) = (sum(6), sum(7)) }
        if Group.rows > 8 { (y8, y9) = (sum(8), sum(9)) }
      }
      var weights = weights
      var offset = 0
      for _ in 0..<rows {
        for k in offset..<offset &+ run {
          let w = Group.load(weights)
          weights += Group.count
          y0.addProduct(x0[k], w)
          y1.addProduct(x1[k], w)
          y2.addProduct(x2[k], w)
          y3.addProduct(x3[k], w)
          y4.addProduct(x4[k], w)
          y5.addProduct(x5[k], w)
          // Decided when the code is compiled.
          if Group.rows > 6 {
            y6.addProduct(x6[k], w)
            y7.addProduct(x7[k], w)
          }
          if Group.rows > 8 {
            y8.addProduct(x8[k], w)
            y9.addProduct(x9[k], w)
          }
        }
        offset &+= rowStride
      }
      store(y0, applyReLU, to: output + pixel(0) &* pixelStride, channels: channels)
      store(y1, applyReLU, to: output + pixel(1) &* pixelStride, channels: channels)
      store(y2, applyReLU, to: output + pixel(2) &* pixelStride, channels: channels)
      store(y3, applyReLU, to: output + pixel(3) &* pixelStride, channels: channels)
      store(y4, applyReLU, to: output + pixel(4) &* pixelStride, channels: channels)
      store(y5, applyReLU, to: output + pixel(5) &* pixelStride, channels: channels)
      if Group.rows > 6 {
        store(y6, applyReLU, to: output + pixel(6) &* pixelStride, channels: channels)
        store(y7, applyReLU, to: output + pixel(7) &* pixelStride, channels: channels)
      }
      if Group.rows > 8 {
        store(y8, applyReLU, to: output + pixel(8) &* pixelStride, channels: channels)
        store(y9, applyReLU, to: output + pixel(9) &* pixelStride, channels: channels)
      }
    }
  }

  /// Writes the first channels of a group, or their ReLU.
  @inline(__always)
  private static func store<Group: Lanes>(
    _ sums: Group, _ applyReLU: Bool, to target: UnsafeMutablePointer<Float>, channels: Int
  ) {
    let sums = applyReLU ? sums.withReLU() : sums
    if channels >= Group.count { return sums.store(target) }
    withUnsafeTemporaryAllocation(of: Group.self, capacity: 1) { whole in
      guard let whole = whole.baseAddress else { return }
      whole.initialize(to: sums)
      target.update(
        from: UnsafeRawPointer(whole).assumingMemoryBound(to: Float.self), count: channels)
    }
  }

  /// Reads the first channels of a group; the others are 0.
  @inline(__always)
  private static func load<Group: Lanes>(
    _ source: UnsafePointer<Float>, channels: Int
  ) -> Group {
    if channels >= Group.count { return Group.load(source) }
    return withUnsafeTemporaryAllocation(of: Group.self, capacity: 1) { whole in
      guard let whole = whole.baseAddress else { return Group(repeating: 0) }
      whole.initialize(to: Group(repeating: 0))
      UnsafeMutableRawPointer(whole).assumingMemoryBound(to: Float.self)
        .update(from: source, count: channels)
      return whole.pointee
    }
  }
}
