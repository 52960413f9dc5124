// The kernel of the direct engine for 3×3 convolutions with stride 1, after Winograd: see there for
// what is computed.
//
// Tiling: the windows of 6 to 10 tiles of the output are transformed, then for each position their
// products with up to 64 output channels are summed over the input channels as in
// `ConvolutionKernel`, and the sums transformed back. All that lies between, about 50 KB, stays in
// the caches. Tiles are counted through the whole image, so only its last block has spare rows.
//
// A sum is one chain of fused multiply-adds in the order of the input channels; the transforms add
// in a fixed order. Neither depends on the width of registers.

enum WinogradKernel {
  /// Computes one image.
  ///
  /// - Parameters:
  ///   - input: The first number of the image's frame, which has an even height and width, with
  ///     zeros for its border: (height + 2 and width + 2 rounded up, `channels`).
  ///   - channels: Those of the input.
  ///   - height: Of the output, in pixels.
  ///   - width: Of the output, in pixels.
  ///   - weights: The transformed kernels, their positions in the place of taps.
  ///   - start: What is added to the sums, one number an output; `nil` for what `output` holds.
  ///   - applyReLU: Whether max(·, 0) is written.
  ///   - output: The first output channel of the image's first pixel.
  ///   - pixelStride: Between two pixels of `output`.
  static func run(
    input: UnsafePointer<Float>, channels: Int, height: Int, width: Int, weights: PackedWeights,
    start: [Float]?, applyReLU: Bool = false, output: UnsafeMutablePointer<Float>,
    pixelStride: Int
  ) {
    precondition(channels % 16 == 0 && weights.outputs % 16 == 0, "whole groups of lanes")
    precondition(start.map { $0.count == weights.outputs } ?? true, "a start for every output")
    let tiles = WinogradTiles(height: height, width: width)
    let rows = blockRows(outputs: weights.outputs)
    let windowSize = Winograd.positions * channels
    let scratch = Storage(count: rows * windowSize + Winograd.positions * 10 * 64)
    defer { withExtendedLifetime(scratch) {} }
    (start ?? []).withUnsafeBufferPointer { numbers in
      let (windows, elements) = (scratch.pointer, weights.pointer)
      let start = start == nil ? nil : numbers.baseAddress
      let sums = windows + rows * windowSize
      for first in stride(from: 0, to: tiles.count, by: rows) {
        let block = first..<min(first + rows, tiles.count)
        for (row, tile) in block.enumerated() {
          let (y, x) = tiles.pixel(tile)
          let window = input + (y * tiles.frameWidth + x) * channels
          for c in stride(from: 0, to: channels, by: 16) {
            Winograd.transform(
              window: window + c, rowStride: tiles.frameWidth * channels, pixelStride: channels,
              to: windows + (row * windowSize + c), positionStride: channels)
          }
        }
        func group<Group: Lanes>(_: Group.Type, _ firstOutput: Int) {
          multiply(
            Group.self, windows, rows: block.count, channels: channels,
            weights: elements + firstOutput * windowSize, sums: sums)
          for (row, tile) in block.enumerated() {
            let (y, x) = tiles.pixel(tile)
            for c in stride(from: 0, to: Group.count, by: 16) {
              transformBack(
                sums + (row * Group.count + c), positionStride: Group.rows * Group.count,
                start: start.map { $0 + (firstOutput + c) }, applyReLU: applyReLU,
                output: output + ((y * width + x) * pixelStride + firstOutput + c),
                rowStride: width * pixelStride, pixelStride: pixelStride,
                hasBelow: y + 1 < height, hasRight: x + 1 < width)
            }
          }
        }
        forEachGroup(of: weights.outputs) { type, first in group(type, first) }
      }
    }
  }

  /// The tiles of a block: as many as the widest group of outputs has rows in registers.
  private static func blockRows(outputs: Int) -> Int {
    switch groupWidth(outputs) {
    case 64: Lanes64.rows
    case 48: Lanes48.rows
    case 32: Lanes32.rows
    default: SIMD16<Float>.rows
    }
  }

  /// Sums of products with the weights of one group of outputs: (positions, rows, outputs).
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  @_specialize(where Group == Lanes48)
  @_specialize(where Group == Lanes64)
  private static func multiply<Group: Lanes>(
    _: Group.Type, _ windows: UnsafePointer<Float>, rows: Int, channels: Int,
    weights: UnsafePointer<Float>, sums target: UnsafeMutablePointer<Float>
  ) {
    let windowSize = Winograd.positions &* channels
    var (weights, target) = (weights, target)
    for position in 0..<Winograd.positions {
      let windows = windows + position &* channels
      let x = RowPointers(windows, stride: windowSize, last: rows &- 1)
      let y = RowPointers(target, stride: Group.count, last: Group.rows)
      var sums = AccumulatorTile<Group>(repeating: Group(repeating: 0))
      for k in 0..<channels {
        sums.addProducts(x, at: k, Group.load(weights))
        weights += Group.count
      }
      sums.store(y)
      target += Group.rows &* Group.count
    }
  }

  /// Writes Aᵀ m A for 16 neighboring outputs.
  @inline(__always)
  private static func transformBack(
    _ sums: UnsafePointer<Float>, positionStride: Int, start: UnsafePointer<Float>?,
    applyReLU: Bool, output: UnsafeMutablePointer<Float>, rowStride: Int, pixelStride: Int,
    hasBelow: Bool, hasRight: Bool
  ) {
    // Aᵀ has the rows (1, 1, 1, 0), (0, 1, −1, −1).
    @inline(__always) func column(_ x: Int) -> (SIMD16<Float>, SIMD16<Float>) {
      let top = sums + x &* positionStride
      let m0 = SIMD16<Float>.load(top)
      let m1 = SIMD16<Float>.load(top + 4 &* positionStride)
      let m2 = SIMD16<Float>.load(top + 8 &* positionStride)
      let m3 = SIMD16<Float>.load(top + 12 &* positionStride)
      return (m0 + m1 + m2, m1 - m2 - m3)
    }
    let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3))
    @inline(__always) func write(_ sum: SIMD16<Float>, _ target: UnsafeMutablePointer<Float>) {
      let value = sum + SIMD16<Float>.load(start ?? UnsafePointer(target))
      (applyReLU ? value.withReLU() : value).store(target)
    }
    write(c0.0 + c1.0 + c2.0, output)
    if hasRight { write(c1.0 - c2.0 - c3.0, output + pixelStride) }
    guard hasBelow else { return }
    write(c0.1 + c1.1 + c2.1, output + rowStride)
    if hasRight { write(c1.1 - c2.1 - c3.1, output + (rowStride + pixelStride)) }
  }
}
