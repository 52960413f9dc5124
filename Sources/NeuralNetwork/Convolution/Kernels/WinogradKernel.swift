// The kernel of `WinogradConvolution`.
//
// Tiling: the windows of mr = 6 to 10 tiles of the output are transformed, then for each position their
// products with nr = 16 to 64 output channels are summed over the input channels as in
// `ConvolutionKernel`, and the sums transformed back. Everything in between, about 50 KB, stays in the
// caches. Tiles are counted through the whole image, so only its last block has spare rows.
//
// A sum is one chain of fused multiply-adds in the order of the input channels; the transforms add in a
// fixed order. Neither depends on the width of registers.

enum WinogradKernel {
  /// Computes one image.
  ///
  /// - Parameters:
  ///   - tiles: The tiles of the output.
  ///   - input: The padded image.
  ///   - channels: The channels of `input`.
  ///   - weights: The transformed kernels.
  ///   - epilogue: The start of the sums and the operation applied to the results.
  ///   - output: The first output channel of the image's first pixel.
  static func run(
    _ tiles: WinogradTiles, _ input: ImageView<UnsafePointer<Float>>, channels: Int,
    weights: PackedWeights, epilogue: KernelEpilogue,
    output: ImageView<UnsafeMutablePointer<Float>>
  ) {
    precondition(channels % 16 == 0 && weights.outputs % 16 == 0, "whole groups of lanes")
    epilogue.check(outputs: weights.outputs)
    let mr = blockTiles(outputs: weights.outputs)
    let windowSize = WinogradTransform.positions * channels
    let scratch = Storage(count: mr * windowSize + WinogradTransform.positions * 10 * 64)
    defer { withExtendedLifetime(scratch) {} }
    let (windows, elements) = (scratch.pointer, weights.pointer)
    let sums = windows + mr * windowSize
    let bias = epilogue.bias.map { UnsafePointer($0.pointer) }
    for first in stride(from: 0, to: tiles.count, by: mr) {
      let block = first..<min(first + mr, tiles.count)
      for (row, tile) in block.enumerated() {
        let (y, x) = tiles.pixel(tile)
        for c in stride(from: 0, to: channels, by: 16) {
          WinogradTransform.window(
            input.from(y: y, x: x, channel: c), to: windows + (row * windowSize + c),
            positionStride: channels)
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
              bias: bias.map { $0 + (firstOutput + c) }, appliesReLU: epilogue.appliesReLU,
              to: output.from(y: y, x: x, channel: firstOutput + c),
              hasBelow: y + 1 < tiles.height, hasRight: x + 1 < tiles.width)
          }
        }
      }
      forEachGroup(of: weights.outputs) { type, first in group(type, first) }
    }
  }

  /// The tiles of a block: as many as the widest group of outputs has rows in registers.
  private static func blockTiles(outputs: Int) -> Int {
    switch groupWidth(outputs) {
    case 64: Lanes64.rows
    case 48: Lanes48.rows
    case 32: Lanes32.rows
    default: SIMD16<Float>.rows
    }
  }

  /// Sums products with the weights of one group of outputs: (positions, rows, outputs).
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  @_specialize(where Group == Lanes48)
  @_specialize(where Group == Lanes64)
  private static func multiply<Group: Lanes>(
    _: Group.Type, _ windows: UnsafePointer<Float>, rows: Int, channels: Int,
    weights: UnsafePointer<Float>, sums target: UnsafeMutablePointer<Float>
  ) {
    let windowSize = WinogradTransform.positions &* channels
    var (weights, target) = (weights, target)
    for position in 0..<WinogradTransform.positions {
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

  /// Writes Aᵀ m A of 16 neighboring outputs, as far as it lies in the image.
  @inline(__always)
  private static func transformBack(
    _ sums: UnsafePointer<Float>, positionStride: Int, bias: UnsafePointer<Float>?,
    appliesReLU: Bool, to output: ImageView<UnsafeMutablePointer<Float>>, hasBelow: Bool,
    hasRight: Bool
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
      let value = sum + SIMD16<Float>.load(bias ?? UnsafePointer(target))
      (appliesReLU ? value.withReLU() : value).store(target)
    }
    write(c0.0 + c1.0 + c2.0, output.pixel(0, 0))
    if hasRight { write(c1.0 - c2.0 - c3.0, output.pixel(0, 1)) }
    guard hasBelow else { return }
    write(c0.1 + c1.1 + c2.1, output.pixel(1, 0))
    if hasRight { write(c1.1 - c2.1 - c3.1, output.pixel(1, 1)) }
  }
}
