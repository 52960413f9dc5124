// The kernel of `IndirectConvolution` for the gradient of the weight.
//
//   sum[ky · run + k, o] += Σ p  x[offset[p] + ky · rowStride + k] · dy[pixels[p] + o]
//   sum[window size, o]  += Σ p  dy[pixels[p] + o]
//
// Tiling: mr × nr sums stay in registers while p goes through a block of kc pixels: mr ≤ 12 neighboring
// positions k of a window and nr = 32 output channels (6 × 16 with AVX2). Each pixel costs one load of
// its gradients and one broadcast per position; positions are adjacent. The gradients of a block are
// packed first, so that they stay in the first-level cache while all positions pass over them. A
// block's chain starts at zero and is added to the sum, which also keeps the rounding error of a large
// image small.

import CTarget

enum WeightGradientKernel {
  /// The pixels of a block: the length of a chain.
  static let kc = 192
  /// The largest number of output channels in a tile.
  private static let maxLanes = 32

  /// Adds the contribution of one image.
  ///
  /// - Parameters:
  ///   - windows: The windows of `input`.
  ///   - input: The padded image.
  ///   - gradient: The padded gradient with respect to the output.
  ///   - pixels: Where each output pixel starts in `gradient`.
  ///   - outputs: The output channels.
  ///   - sums: A row for each element of a window, and one for the bias.
  static func run(
    _ windows: IndirectionBuffer, _ input: UnsafePointer<Float>, gradient: UnsafePointer<Float>,
    pixels: [Int], outputs: Int, sums: SumRows
  ) {
    let storage = Storage(count: kc * maxLanes)
    defer { withExtendedLifetime(storage) {} }
    let packed = storage.pointer
    windows.offsets.withUnsafeBufferPointer { offsets in
      pixels.withUnsafeBufferPointer { pixels in
        for first in stride(from: 0, to: offsets.count, by: kc) {
          let range = first..<min(offsets.count, first + kc)
          let blockOffsets = UnsafeBufferPointer(rebasing: offsets[range])
          let blockPixels = UnsafeBufferPointer(rebasing: pixels[range])
          let sums = sums.before(isFirst: first == 0)
          func group<Group: Lanes>(_: Group.Type, _ channel: Int) {
            pack(
              Group.self, gradient + channel, blockPixels, channels: outputs - channel, to: packed,
              bias: sums.from(row: windows.size, channel: channel))
            for ky in 0..<windows.rows {
              runGroup(
                Group.self, input + ky * windows.rowStride, blockOffsets, positions: windows.run,
                gradient: packed, sums: sums.from(row: ky * windows.run, channel: channel))
            }
          }
          forEachNarrowGroup(of: outputs) { type, channel in group(type, channel) }
        }
      }
    }
  }

  /// Calls `body` with groups of up to 32 lanes that together cover at least `channels`, and the first
  /// channel of each.
  @inline(__always)
  static func forEachNarrowGroup(of channels: Int, _ body: (any Lanes.Type, Int) -> Void) {
    var channel = 0
    while channel < channels {
      if hasWideRegisters && channels - channel > 16 {
        body(Lanes32.self, channel)
        channel += 32
      } else {
        body(SIMD16<Float>.self, channel)
        channel += 16
      }
    }
  }

  /// Packs the gradients of a group of channels of a block of pixels, missing channels as 0, and adds
  /// them to the sums of the bias.
  @inline(__always)
  private static func pack<Group: Lanes>(
    _: Group.Type, _ gradient: UnsafePointer<Float>, _ pixels: UnsafeBufferPointer<Int>,
    channels: Int, to packed: UnsafeMutablePointer<Float>, bias: SumRows
  ) {
    var sum = Group(repeating: 0)
    var target = packed
    for pixel in pixels {
      let source = gradient + pixel
      if channels >= Group.count {
        Group.load(source).store(target)
      } else {
        target.update(repeating: 0, count: Group.count)
        target.update(from: source, count: channels)
      }
      sum.add(Group.load(target))
      target += Group.count
    }
    if !bias.isEmpty { sum.add(Group.load(bias.first)) }
    sum.store(bias.first)
  }

  /// Adds one block of pixels to the sums of one group of channels, for neighboring positions.
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  private static func runGroup<Group: Lanes>(
    _: Group.Type, _ input: UnsafePointer<Float>, _ offsets: UnsafeBufferPointer<Int>,
    positions: Int, gradient: UnsafePointer<Float>, sums: SumRows
  ) {
    Products<Group>(input: input, offsets: offsets, gradients: gradient, sums: sums)
      .forEachTile(of: positions)
  }

  /// The sums of a block of pixels, whose rows are neighboring positions of a window.
  private struct Products<Group: Lanes>: TiledRows {
    /// The first position.
    let input: UnsafePointer<Float>
    /// Where the window of each pixel starts.
    let offsets: UnsafeBufferPointer<Int>
    /// The packed gradients.
    let gradients: UnsafePointer<Float>
    let sums: SumRows

    @inline(__always)
    func compute(_ first: Int, rows: Int) {
      let target = sums.row(first)
      // The sums of a wide layer lie far away; they are fetched while the chains are computed.
      for row in 0..<rows {
        for line in stride(from: 0, to: Group.count, by: 16) {
          prefetch(target + row &* sums.stride + line)
        }
      }
      var chains = AccumulatorTile<Group>(repeating: Group(repeating: 0), rows: rows)
      var gradient = gradients
      let x = input + first
      for offset in offsets {
        chains.addProducts(x + offset, Group.load(gradient))
        gradient += Group.count
      }
      chains.add(to: RowPointers(target, stride: sums.stride, rows: rows), isEmpty: sums.isEmpty)
    }
  }
}
