// The kernel of the direct engine for the gradients of weights.
//
//   sum[ky · run + k, o] += Σ p  x[offset[p] + ky · rowStride + k] · dy[pixels[p] + o]
//   sum[window size, o]  += Σ p  dy[pixels[p] + o]
//
// Tiling: up to 12 neighboring positions k of a window × 32 output channels stay in registers (4 × 16
// with AVX2) while p goes through a block of pixels; each pixel costs one load of its gradients and one
// broadcast a position, side by side in memory. The gradients of a block are first copied together,
// so that they stay in the first-level cache while all positions pass over them. A block's chain
// starts at zero and is added to the sum, which also keeps the rounding error of a large image small.

import CTarget

enum WeightGradientKernel {
  /// The pixels of a block: a chain's length.
  static let blockSize = 192

  /// Adds what one image contributes.
  ///
  /// - Parameters:
  ///   - windows: Where to read `input`.
  ///   - input: The image's numbers.
  ///   - gradient: The gradient of the image's output.
  ///   - pixels: Where each output pixel starts in `gradient`.
  ///   - outputs: The output channels.
  ///   - isFirst: Whether the sums are still without values.
  ///   - sums: Shape (window size + 1, `outputs` rounded up to 16); the last row is the bias's.
  static func run(
    _ windows: IndirectionBuffer, input: UnsafePointer<Float>, gradient: UnsafePointer<Float>,
    pixels: [Int], outputs: Int, isFirst: Bool, sums: UnsafeMutablePointer<Float>
  ) {
    let sumStride = roundedToGroup(outputs)
    let storage = Storage(count: blockSize * 32)
    defer { withExtendedLifetime(storage) {} }
    let packed = storage.pointer
    windows.offsets.withUnsafeBufferPointer { offsets in
      pixels.withUnsafeBufferPointer { pixels in
        for first in stride(from: 0, to: offsets.count, by: blockSize) {
          let range = first..<min(offsets.count, first + blockSize)
          let block = UnsafeBufferPointer(rebasing: offsets[range])
          let blockPixels = UnsafeBufferPointer(rebasing: pixels[range])
          var channel = 0
          while channel < outputs {
            let width = hasWideRegisters && outputs - channel > 16 ? 32 : 16
            let (source, left) = (gradient + channel, outputs - channel)
            let replaces = isFirst && first == 0
            let bias = sums + windows.size * sumStride + channel
            if width == 32 {
              pack(Lanes32.self, blockPixels, source, channels: left, packed, bias, replaces)
            } else {
              pack(SIMD16<Float>.self, blockPixels, source, channels: left, packed, bias, replaces)
            }
            for ky in 0..<windows.rows {
              let x = input + ky * windows.rowStride
              let target = sums + ky * windows.run * sumStride + channel
              if width == 32 {
                runGroup(Lanes32.self, block, x, windows.run, packed, target, sumStride, replaces)
              } else {
                runGroup(
                  SIMD16<Float>.self, block, x, windows.run, packed, target, sumStride, replaces)
              }
            }
            channel += width
          }
        }
      }
    }
  }

  /// Copies the gradients of a group of channels of a block together, missing channels as 0, and adds
  /// them up.
  @inline(__always)
  private static func pack<Group: Lanes>(
    _: Group.Type, _ pixels: UnsafeBufferPointer<Int>, _ gradient: UnsafePointer<Float>,
    channels: Int, _ packed: UnsafeMutablePointer<Float>, _ sums: UnsafeMutablePointer<Float>,
    _ replaces: Bool
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
    add(sum, to: sums, replaces)
  }

  /// One group of channels of one block of pixels, for one row of the windows.
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  static func runGroup<Group: Lanes>(
    _: Group.Type, _ offsets: UnsafeBufferPointer<Int>, _ input: UnsafePointer<Float>, _ run: Int,
    _ gradient: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>, _ sumStride: Int,
    _ replaces: Bool
  ) {
    var k = 0
    @inline(__always) func sum(_ positions: Int, at k: Int) -> Int {
      tile(
        Group.self, positions: positions, offsets, input + k, gradient, sums + k &* sumStride,
        sumStride, replaces)
      return k &+ positions
    }
    if hasWideRegisters {
      // 16 positions are two tiles of 8 and 9 one of its own, rather than 12 or 8 and few more.
      while run &- k >= 12 && run &- k != 16 { k = sum(12, at: k) }
      if run &- k == 9 { k = sum(9, at: k) }
      while run &- k >= 8 { k = sum(8, at: k) }
    }
    while run &- k >= 4 { k = sum(4, at: k) }
    while k < run {
      row(Group.self, offsets, input + k, gradient, sums + k * sumStride, replaces)
      k += 1
    }
  }

  /// 4, 8, 9 or 12 neighboring positions of a window.
  @inline(__always)
  private static func tile<Group: Lanes>(
    _: Group.Type, positions: Int, _ offsets: UnsafeBufferPointer<Int>,
    _ input: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>, _ sumStride: Int,
    _ replaces: Bool
  ) {
    // The sums of a wide layer lie far away; they are on their way while the chains are computed.
    for position in 0..<positions {
      for line in stride(from: 0, to: Group.count, by: 16) {
        prefetch(sums + (position &* sumStride &+ line))
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
      if positions >= 8 {
        s4.addProduct(x[4], dy)
        s5.addProduct(x[5], dy)
        s6.addProduct(x[6], dy)
        s7.addProduct(x[7], dy)
      }
      if positions >= 9 { s8.addProduct(x[8], dy) }
      if positions >= 12 {
        s9.addProduct(x[9], dy)
        s10.addProduct(x[10], dy)
        s11.addProduct(x[11], dy)
      }
    }
    @inline(__always) func finish(_ sum: Group, _ position: Int) {
      add(sum, to: sums + position &* sumStride, replaces)
    }
    finish(s0, 0)
    finish(s1, 1)
    finish(s2, 2)
    finish(s3, 3)
    if positions >= 8 {
      finish(s4, 4)
      finish(s5, 5)
      finish(s6, 6)
      finish(s7, 7)
    }
    if positions >= 9 { finish(s8, 8) }
    if positions >= 12 {
      finish(s9, 9)
      finish(s10, 10)
      finish(s11, 11)
    }
  }

  /// One position of a window.
  @inline(__always)
  private static func row<Group: Lanes>(
    _: Group.Type, _ offsets: UnsafeBufferPointer<Int>, _ input: UnsafePointer<Float>,
    _ gradient: UnsafePointer<Float>, _ sums: UnsafeMutablePointer<Float>, _ replaces: Bool
  ) {
    var sum = Group(repeating: 0)
    var gradient = gradient
    for offset in offsets {
      sum.addProduct(input[offset], Group.load(gradient))
      gradient += Group.count
    }
    add(sum, to: sums, replaces)
  }

  @inline(__always)
  private static func add<Group: Lanes>(
    _ sum: Group, to target: UnsafeMutablePointer<Float>, _ replaces: Bool
  ) {
    var total = replaces ? Group(repeating: 0) : Group.load(target)
    total.add(sum)
    total.store(target)
  }
}
