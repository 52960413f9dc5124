// The kernel of `WinogradConvolution`.
//
// Tiling: the windows of a block of tiles of the output are transformed, then for each position their
// products with nr = 16 to 64 output channels are summed over the input channels as in
// `ConvolutionKernel`, mr = 6 to 12 tiles at a time, and the sums transformed back. Everything in
// between stays in the second-level cache. Tiles are counted through the whole image.
//
// A sum is one chain of fused multiply-adds in the order of the input channels; the transforms add in a
// fixed order. Neither depends on the width of registers.

import CTarget

enum WinogradKernel {
  /// The largest number of tiles in a block.
  private static let maxTiles = 18
  /// The largest number of elements in the transformed windows of a block: half of 1 MB.
  private static let maxWindows = 1 << 17

  /// Computes one image.
  ///
  /// - Parameters:
  ///   - tiles: The tiles of the output.
  ///   - input: The padded image.
  ///   - channels: The channels of `input`.
  ///   - weights: The transformed kernels.
  ///   - epilogue: The start of the sums and the operation applied to the results.
  ///   - output: The first output channel of the image's first pixel.
  ///   - moments: Sums that the outputs are added to while they are written past the caches; `nil` for
  ///     none.
  static func run(
    _ tiles: WinogradTiles, _ input: ImageView<UnsafePointer<Float>>, channels: Int,
    weights: PackedWeights, epilogue: KernelEpilogue,
    output: ImageView<UnsafeMutablePointer<Float>>, moments: MomentSums?
  ) {
    precondition(channels % 16 == 0 && weights.outputs % 16 == 0, "whole groups of lanes")
    epilogue.check(outputs: weights.outputs)
    let positions = WinogradTransform.positions
    let size = min(maxTiles, max(6, maxWindows / (positions * channels)))
    let blocks = tiles.blocks(of: size)
    // A spare cache line between positions keeps them from falling into the same sets of the cache.
    let scratch = Storage(count: positions * (size * (channels + 64) + 32))
    defer { withExtendedLifetime(scratch) {} }
    let (windows, elements) = (scratch.pointer, weights.pointer)
    let bias = epilogue.bias.map { UnsafePointer($0.pointer) }
    for block in blocks {
      let windowStride = block.count * channels + 16
      let sums = windows + positions * windowStride
      for (row, tile) in block.enumerated() {
        let (y, x) = tiles.pixel(tile)
        transform(
          input.from(y: y, x: x, channel: 0), channels: channels, to: windows + row * channels,
          positionStride: windowStride)
      }
      func group<Group: Lanes>(_: Group.Type, _ firstOutput: Int) {
        let sumStride = block.count * Group.count + 16
        multiply(
          Group.self, windows, windowStride: windowStride, rows: block.count, channels: channels,
          weights: elements + firstOutput * positions * channels, sums: sums, sumStride: sumStride)
        for (row, tile) in block.enumerated() {
          let (y, x) = tiles.pixel(tile)
          for c in stride(from: 0, to: Group.count, by: 16) {
            let tile = OutputTile(
              sums: sums + (row * Group.count + c), positionStride: sumStride,
              output: output.from(y: y, x: x, channel: firstOutput + c),
              rows: min(WinogradTransform.tile, tiles.height - y),
              columns: min(WinogradTransform.tile, tiles.width - x))
            guard let bias = bias.map({ SIMD16<Float>.load($0 + (firstOutput + c)) }) else {
              tile.add()
              continue
            }
            if let moments {
              tile.stream(bias: bias, to: moments, channel: firstOutput + c)
            } else {
              tile.write(bias: bias, appliesReLU: epilogue.appliesReLU)
            }
          }
        }
      }
      forEachGroup(of: weights.outputs) { type, first in group(type, first) }
    }
    if moments != nil { stream_fence() }
  }

  /// Transforms the window of a tile.
  @inline(never)
  private static func transform(
    _ window: ImageView<UnsafePointer<Float>>, channels: Int,
    to target: UnsafeMutablePointer<Float>, positionStride: Int
  ) {
    for c in stride(from: 0, to: channels, by: 16) {
      WinogradTransform.window(
        window.from(y: 0, x: 0, channel: c), to: target + c, positionStride: positionStride)
    }
  }

  /// Sums products with the weights of one group of outputs: (positions, rows, outputs).
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  @_specialize(where Group == Lanes48)
  @_specialize(where Group == Lanes64)
  private static func multiply<Group: Lanes>(
    _: Group.Type, _ windows: UnsafePointer<Float>, windowStride: Int, rows: Int, channels: Int,
    weights: UnsafePointer<Float>, sums: UnsafeMutablePointer<Float>, sumStride: Int
  ) {
    for position in 0..<WinogradTransform.positions {
      Products<Group>(
        windows: windows + position &* windowStride, channels: channels,
        weights: weights + position &* channels &* Group.count,
        sums: sums + position &* sumStride
      ).forEachTile(of: rows)
    }
  }

  /// The sums at one position.
  private struct Products<Group: Lanes>: TiledRows {
    let windows: UnsafePointer<Float>
    let channels: Int
    let weights: UnsafePointer<Float>
    let sums: UnsafeMutablePointer<Float>

    @inline(__always)
    func compute(_ first: Int, rows: Int) {
      let x = RowPointers(windows + first &* channels, stride: channels, rows: rows)
      var chains = AccumulatorTile<Group>(repeating: Group(repeating: 0), rows: rows)
      var weights = weights
      for k in 0..<channels {
        chains.addProducts(x, at: k, Group.load(weights))
        weights += Group.count
      }
      chains.store(RowPointers(sums + first &* Group.count, stride: Group.count, rows: rows))
    }
  }
}

/// 16 neighboring outputs of a tile, Aᵀ m A, as far as they lie in the image.
private struct OutputTile {
  /// m at the first position.
  let sums: UnsafePointer<Float>
  let positionStride: Int
  /// The tile's first pixel, from the first of the outputs on.
  let output: ImageView<UnsafeMutablePointer<Float>>
  /// The rows of the tile that lie in the image.
  let rows: Int
  /// The columns of the tile that lie in the image.
  let columns: Int

  /// Adds the outputs to what the image holds.
  @inline(never)
  func add() {
    forEachPixel { target, sum in (SIMD16<Float>.load(target) + sum).store(target) }
  }

  /// Writes the outputs, with a bias and a ReLU.
  @inline(never)
  func write(bias: SIMD16<Float>, appliesReLU: Bool) {
    if appliesReLU {
      forEachPixel { target, sum in (sum + bias).withReLU().store(target) }
    } else {
      forEachPixel { target, sum in (sum + bias).store(target) }
    }
  }

  /// Writes the outputs with a bias past the caches, and adds them to moments.
  @inline(never)
  func stream(bias: SIMD16<Float>, to moments: MomentSums, channel: Int) {
    var (sum, squares) = (SIMD16<Float>(), SIMD16<Float>())
    forEachPixel { target, x in
      let x = x + bias
      sum += x
      squares.addProduct(x, x)
      stream16(target, x)
    }
    moments.add(sum, squares, at: channel)
  }

  /// Calls `body` with each pixel's place and its 16 outputs.
  @inline(__always)
  private func forEachPixel(_ body: (UnsafeMutablePointer<Float>, SIMD16<Float>) -> Void) {
    @inline(__always) func forEachPixel(rows: Int, columns: Int) {
      WinogradTransform.output(sums, positionStride: positionStride, rows: rows) {
        y, x0, x1, x2, x3 in
        body(output.pixel(y, 0), x0)
        if columns > 1 { body(output.pixel(y, 1), x1) }
        if columns > 2 { body(output.pixel(y, 2), x2) }
        if columns > 3 { body(output.pixel(y, 3), x3) }
      }
    }
    // Whole tiles, which are most, have code of their own without tests for the edges.
    let side = WinogradTransform.tile
    if rows == side && columns == side {
      forEachPixel(rows: side, columns: side)
    } else {
      forEachPixel(rows: rows, columns: columns)
    }
  }
}
