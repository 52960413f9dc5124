// The kernel of `WinogradConvolution` for the gradient of the weight.
//
//   u[position, input, output] += Σ tiles  (Bᵀ d B)[position, input] · (A dy Aᵀ)[position, output]
//
// The gradient of a kernel is Gᵀ u G, computed once for a whole block of the batch.
//
// Tiling: the windows of a block of tiles are transformed for all inputs, then the gradients for a group
// of nr = 16 to 64 outputs; for each position, mr × nr sums stay in registers while the tiles of the
// block go by: mr = 6 to 12 inputs. A block's chain starts at zero and is added to the sum, which also
// keeps the rounding error of a large image small.

import CTarget

enum WinogradWeightGradientKernel {
  /// The largest number of tiles in a block: the length of a chain.
  private static let maxTiles = 50

  /// Adds the contribution of one image.
  ///
  /// - Parameters:
  ///   - tiles: The tiles of the output.
  ///   - input: The padded image.
  ///   - inputs: The channels of `input`.
  ///   - gradient: The gradient with respect to the image's output, padded with zeros for every pixel
  ///     of a tile.
  ///   - outputs: The channels of `gradient`.
  ///   - sums: As many rows as there are positions and inputs, and one for the bias; see `group`.
  static func run(
    _ tiles: WinogradTiles, _ input: ImageView<UnsafePointer<Float>>, inputs: Int,
    gradient: ImageView<UnsafePointer<Float>>, outputs: Int, sums: SumRows
  ) {
    precondition(inputs % 16 == 0 && outputs % 16 == 0, "whole groups of lanes")
    let positions = WinogradTransform.positions
    let blocks = tiles.blocks(of: maxTiles)
    let kc = blocks.map(\.count).max() ?? 0
    // A spare cache line between positions keeps them from falling into the same sets of the cache.
    let scratch = Storage(count: positions * (kc * (inputs + 64) + 32))
    defer { withExtendedLifetime(scratch) {} }
    let windows = scratch.pointer
    for block in blocks {
      let sums = sums.before(isFirst: block.lowerBound == 0)
      let windowStride = block.count * inputs + 16
      let gradients = windows + positions * windowStride
      for (row, tile) in block.enumerated() {
        let (y, x) = tiles.pixel(tile)
        transform(
          window: input.from(y: y, x: x, channel: 0), channels: inputs, to: windows + row * inputs,
          positionStride: windowStride)
      }
      func add<Group: Lanes>(_: Group.Type, _ output: Int) {
        let gradientStride = block.count * Group.count + 16
        let bias = sums.row(positions * inputs) + output
        for (row, tile) in block.enumerated() {
          let (y, x) = tiles.pixel(tile)
          transform(
            gradient: gradient.from(y: y, x: x, channel: output), channels: Group.count,
            to: gradients + row * Group.count, positionStride: gradientStride,
            bias: bias, isFirst: sums.isEmpty && row == 0)
        }
        multiply(
          Group.self, windows, windowStride: windowStride, inputs: inputs, gradients,
          gradientStride: gradientStride, tiles: block.count,
          sums: group(of: output, inputs: inputs, sums))
      }
      forEachGroup(of: outputs) { type, output in add(type, output) }
    }
  }

  /// The sums of the group of outputs that an output belongs to, from that output on: rows of
  /// (positions, inputs), as wide as the group. The sums of a group are contiguous.
  static func group(of output: Int, inputs: Int, _ sums: SumRows) -> SumRows {
    // Groups have the widest width, but for the last ones.
    let first = output / 64 * 64
    let width = hasWideRegisters ? min(64, sums.stride - first) : 16
    let start = hasWideRegisters ? first : output
    return SumRows(
      first: sums.first + WinogradTransform.positions * inputs * start + (output - start),
      stride: width, isEmpty: sums.isEmpty)
  }

  /// Transforms the window of a tile.
  @inline(never)
  private static func transform(
    window: ImageView<UnsafePointer<Float>>, channels: Int,
    to target: UnsafeMutablePointer<Float>, positionStride: Int
  ) {
    for c in stride(from: 0, to: channels, by: 16) {
      WinogradTransform.window(
        window.from(y: 0, x: 0, channel: c), to: target + c, positionStride: positionStride)
    }
  }

  /// Transforms the gradient of a tile, and adds it to the sums of the bias, which it replaces if it is
  /// the first.
  @inline(never)
  private static func transform(
    gradient: ImageView<UnsafePointer<Float>>, channels: Int,
    to target: UnsafeMutablePointer<Float>, positionStride: Int,
    bias: UnsafeMutablePointer<Float>, isFirst: Bool
  ) {
    for c in stride(from: 0, to: channels, by: 16) {
      var sum = isFirst ? SIMD16<Float>() : SIMD16<Float>.load(bias + c)
      WinogradTransform.gradient(
        gradient.from(y: 0, x: 0, channel: c), to: target + c, positionStride: positionStride,
        sum: &sum)
      sum.store(bias + c)
    }
  }

  /// Adds products of windows and gradients to the sums of one group of outputs.
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  @_specialize(where Group == Lanes48)
  @_specialize(where Group == Lanes64)
  private static func multiply<Group: Lanes>(
    _: Group.Type, _ windows: UnsafePointer<Float>, windowStride: Int, inputs: Int,
    _ gradients: UnsafePointer<Float>, gradientStride: Int, tiles: Int, sums: SumRows
  ) {
    for position in 0..<WinogradTransform.positions {
      Products<Group>(
        windows: windows + position &* windowStride, inputs: inputs,
        gradients: gradients + position &* gradientStride, tiles: tiles,
        sums: sums.from(row: position &* inputs, channel: 0)
      ).forEachTile(of: inputs)
    }
  }

  /// The sums at one position, whose rows are the inputs.
  private struct Products<Group: Lanes>: TiledRows {
    let windows: UnsafePointer<Float>
    let inputs: Int
    let gradients: UnsafePointer<Float>
    let tiles: Int
    let sums: SumRows

    @inline(__always)
    func compute(_ first: Int, rows: Int) {
      let target = sums.row(first)
      // The sums of a wide layer lie far away; they are fetched while the chains are computed.
      for line in stride(from: 0, to: rows &* Group.count, by: 16) { prefetch(target + line) }
      var chains = AccumulatorTile<Group>(repeating: Group(repeating: 0), rows: rows)
      var (x, gradient) = (windows + first, gradients)
      for _ in 0..<tiles {
        chains.addProducts(x, Group.load(gradient))
        x += inputs
        gradient += Group.count
      }
      chains.add(to: RowPointers(target, stride: Group.count, rows: rows), isEmpty: sums.isEmpty)
    }
  }
}
