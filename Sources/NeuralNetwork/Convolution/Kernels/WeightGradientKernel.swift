// The kernel of `IndirectConvolution` for the gradient of the weight.
//
//   sum[ky · run + k, o] += Σ p  x[offset[p] + ky · rowStride + k] · dy[pixels[p] + o]
//   sum[window size, o]  += Σ p  dy[pixels[p] + o]
//
// Tiling: mr × nr sums stay in registers while p goes through a block of kc pixels: mr ≤ 12 neighboring
// positions k of a window and nr = 32 output channels (4 × 16 with AVX2). Each pixel costs one load of
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
    add(sum, toRow: 0, of: bias)
  }

  /// Adds one block of pixels to the sums of one group of channels, for neighboring positions: `input` is
  /// the first position, `offsets` holds the offset of each pixel from there, `gradient` is packed, and
  /// `sums` has a row for each position.
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  static func runGroup<Group: Lanes>(
    _: Group.Type, _ input: UnsafePointer<Float>, _ offsets: UnsafeBufferPointer<Int>,
    positions: Int, gradient: UnsafePointer<Float>, sums: SumRows
  ) {
    var k = 0
    @inline(__always) func sum(mr: Int, at k: Int) -> Int {
      tile(
        Group.self, mr: mr, input + k, offsets, gradient: gradient,
        sums: sums.from(row: k, channel: 0))
      return k &+ mr
    }
    if hasWideRegisters {
      // 16 positions are two tiles of 8, and 9 are one tile, rather than 12 or 8 and a few more.
      while positions &- k >= 12 && positions &- k != 16 { k = sum(mr: 12, at: k) }
      if positions &- k == 9 { k = sum(mr: 9, at: k) }
      while positions &- k >= 8 { k = sum(mr: 8, at: k) }
    }
    while positions &- k >= 4 { k = sum(mr: 4, at: k) }
    while k < positions {
      row(
        Group.self, input + k, offsets, gradient: gradient, sums: sums.from(row: k, channel: 0))
      k += 1
    }
  }

  /// A tile of 4, 8, 9 or 12 neighboring positions of a window.
  @inline(__always)
  private static func tile<Group: Lanes>(
    _: Group.Type, mr: Int, _ input: UnsafePointer<Float>, _ offsets: UnsafeBufferPointer<Int>,
    gradient: UnsafePointer<Float>, sums: SumRows
  ) {
    // The sums of a wide layer lie far away; they are fetched while the chains are computed.
    for position in 0..<mr {
      for line in stride(from: 0, to: Group.count, by: 16) {
        prefetch(sums.row(position) + line)
      }
    }
    let zero = Group(repeating: 0)
    var (s0, s1, s2, s3, s4, s5) = (zero, zero, zero, zero, zero, zero)
    var (s6, s7, s8, s9, s10, s11) = (zero, zero, zero, zero, zero, zero)
    var gradient = gradient
    for offset in offsets {
      let x = input + offset
      let dy = Group.load(gradient)
      gradient += Group.count
      s0.addProduct(x[0], dy)
      s1.addProduct(x[1], dy)
      s2.addProduct(x[2], dy)
      s3.addProduct(x[3], dy)
      // Decided when the code is compiled, here and below.
      if mr >= 8 {
        s4.addProduct(x[4], dy)
        s5.addProduct(x[5], dy)
        s6.addProduct(x[6], dy)
        s7.addProduct(x[7], dy)
      }
      if mr >= 9 { s8.addProduct(x[8], dy) }
      if mr >= 12 {
        s9.addProduct(x[9], dy)
        s10.addProduct(x[10], dy)
        s11.addProduct(x[11], dy)
      }
    }
    @inline(__always) func finish(_ sum: Group, _ position: Int) {
      add(sum, toRow: position, of: sums)
    }
    finish(s0, 0)
    finish(s1, 1)
    finish(s2, 2)
    finish(s3, 3)
    if mr >= 8 {
      finish(s4, 4)
      finish(s5, 5)
      finish(s6, 6)
      finish(s7, 7)
    }
    if mr >= 9 { finish(s8, 8) }
    if mr >= 12 {
      finish(s9, 9)
      finish(s10, 10)
      finish(s11, 11)
    }
  }

  /// A single position of a window.
  @inline(__always)
  private static func row<Group: Lanes>(
    _: Group.Type, _ input: UnsafePointer<Float>, _ offsets: UnsafeBufferPointer<Int>,
    gradient: UnsafePointer<Float>, sums: SumRows
  ) {
    var sum = Group(repeating: 0)
    var gradient = gradient
    for offset in offsets {
      sum.addProduct(input[offset], Group.load(gradient))
      gradient += Group.count
    }
    add(sum, toRow: 0, of: sums)
  }

  @inline(__always)
  private static func add<Group: Lanes>(_ sum: Group, toRow row: Int, of sums: SumRows) {
    let target = sums.row(row)
    var total = sums.isEmpty ? Group(repeating: 0) : Group.load(target)
    total.add(sum)
    total.store(target)
  }
}
