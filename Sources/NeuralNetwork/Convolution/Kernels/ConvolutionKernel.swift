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
struct IndirectionBuffer {
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
    func extent(_ extent: Int) -> Int {
      extent < kernelSize ? 0 : (extent - kernelSize) / stride + 1
    }
    offsets = grid(
      height: extent(height), width: extent(width), rowStride: stride * rowStride,
      pixelStride: stride * channels)
  }
}

/// Where each pixel of a grid lies, row by row.
func grid(
  height: Int, width: Int, from first: Int = 0, rowStride: Int, pixelStride: Int
) -> [Int] {
  // Made anew for every image of every layer, so without growing an array or dividing.
  Array(unsafeUninitializedCapacity: height * width) { offsets, count in
    for y in 0..<height {
      for x in 0..<width { offsets[count + x] = first + y * rowStride + x * pixelStride }
      count += width
    }
  }
}

/// A convolution's weights in the order in which the kernel reads them: group of output channels by
/// group, (ky, kx, inputs, outputs of the group). Spare outputs of the last group are 0.
struct PackedWeights: Sendable {
  let outputs: Int
  private let storage: Storage

  /// They start on a cache line, so that no load of a register touches two.
  var pointer: UnsafeMutablePointer<Float> { storage.pointer }

  /// Takes the weight of an output for a channel at a tap of the kernel from `weight`.
  @inline(__always)
  init(
    outputs: Int, taps: Int, channels: Int,
    weight: (_ output: Int, _ tap: Int, _ channel: Int) -> Float
  ) {
    self.init(outputs: outputs, size: taps * channels) { first, width, target in
      var target = target
      for tap in 0..<taps {
        for channel in 0..<channels {
          for o in first..<min(outputs, first + width) {
            target[o - first] = weight(o, tap, channel)
          }
          target += width
        }
      }
    }
  }

  /// `size` weights for each output; `fill` writes those of the `width` outputs from `first` on,
  /// (size, width).
  @inline(__always)
  init(
    outputs: Int, size: Int,
    fill: (_ first: Int, _ width: Int, _ target: UnsafeMutablePointer<Float>) -> Void
  ) {
    self.outputs = outputs
    storage = Storage(count: roundedToGroup(outputs) * size)
    storage.elements.initialize(repeating: 0)
    let elements = storage.pointer
    var first = 0
    while first < outputs {
      let width = groupWidth(outputs - first)
      fill(first, width, elements + first * size)
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
    _ windows: IndirectionBuffer, input: UnsafePointer<Float>, weights: PackedWeights,
    start: [Float]?, applyReLU: Bool = false, output: UnsafeMutablePointer<Float>,
    pixelStride: Int
  ) {
    let padded = roundedToGroup(weights.outputs)
    precondition(start.map { $0.count == padded } ?? true, "a start for every output")
    (start ?? []).withUnsafeBufferPointer { numbers in
      windows.offsets.withUnsafeBufferPointer { offsets in
        let elements = weights.pointer
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
    _: Group.Type, _ windows: IndirectionBuffer, offsets: UnsafeBufferPointer<Int>,
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, start: UnsafePointer<Float>?,
    applyReLU: Bool, output: UnsafeMutablePointer<Float>, channels: Int, pixelStride: Int
  ) {
    let (rows, rowStride, run) = (windows.rows, windows.rowStride, windows.run)
    // Outputs of fewer channels than the group has lanes pass through rows of whole groups.
    let isWhole = channels >= Group.count
    withUnsafeTemporaryAllocation(
      of: Float.self, capacity: isWhole ? 0 : Group.rows * Group.count
    ) { whole in
      guard let base = offsets.baseAddress else { return }
      for first in stride(from: 0, to: offsets.count, by: Group.rows) {
        let last = min(offsets.count &- first, Group.rows) &- 1
        let target = output + first &* pixelStride
        let x = RowPointers(input, offsets: base + first, last: last)
        let y =
          isWhole
          ? RowPointers(target, stride: pixelStride, last: last)
          : RowPointers(whole.baseAddress ?? target, stride: Group.count, last: last)
        var sums: AccumulatorTile<Group>
        if let start {
          sums = AccumulatorTile(repeating: Group.load(start))
        } else {
          if !isWhole {
            copyRows(last + 1, channels, from: target, pixelStride, to: y.x0, Group.count)
          }
          sums = AccumulatorTile(y)
        }
        var weights = weights
        var offset = 0
        for _ in 0..<rows {
          for k in offset..<offset &+ run {
            sums.addProducts(x, at: k, Group.load(weights))
            weights += Group.count
          }
          offset &+= rowStride
        }
        if applyReLU { sums = sums.withReLU() }
        sums.store(y)
        if !isWhole {
          copyRows(last + 1, channels, from: y.x0, Group.count, to: target, pixelStride)
        }
      }
    }
  }

  /// Copies the first channels of some rows.
  private static func copyRows(
    _ rows: Int, _ channels: Int, from source: UnsafePointer<Float>, _ sourceStride: Int,
    to target: UnsafeMutablePointer<Float>, _ targetStride: Int
  ) {
    for row in 0..<rows {
      (target + row * targetStride).update(from: source + row * sourceStride, count: channels)
    }
  }
}
