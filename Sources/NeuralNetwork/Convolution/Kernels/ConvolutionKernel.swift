// The kernel of `IndirectConvolution`.
//
//   y[p, o] = bias[o] + Σ ky Σ k  x[offset[p] + ky · rowStride + k] · w[(ky · run + k), o]
//
// Tiling: mr × nr sums stay in registers while k goes through the window once: nr = 16 to 64 output
// channels of mr = 6 to 10 pixels (24 of AVX-512's 32 registers; 12 of AVX2's 16). Each step of k loads
// the weights of the group once and broadcasts one number of each pixel; both are read front to back.
// Every pixel has its own pointer, so a tile may continue from one row of the image to the next. Only
// the last tile of an image has spare rows, which compute the last pixel again.
//
// Each output is one chain of fused multiply-adds in the order of k. How channels and pixels are
// distributed over tiles, and the width of registers, change no bit.

import CTarget

enum ConvolutionKernel {
  /// Computes one image.
  ///
  /// - Parameters:
  ///   - windows: The windows of `input`.
  ///   - input: The padded image.
  ///   - weights: One for each element of a window and each output.
  ///   - epilogue: The start of the sums and the operation applied to the results.
  ///   - output: The first output channel of the image's first pixel.
  ///   - pixelStride: The stride between pixels of `output`, in elements.
  ///   - moments: Sums that the outputs are added to while they are written past the caches; `nil` for
  ///     none.
  static func run(
    _ windows: IndirectionBuffer, _ input: UnsafePointer<Float>, weights: PackedWeights,
    epilogue: KernelEpilogue, output: UnsafeMutablePointer<Float>, pixelStride: Int,
    moments: MomentSums?
  ) {
    epilogue.check(outputs: weights.outputs)
    windows.offsets.withUnsafeBufferPointer { offsets in
      guard let moments else {
        return compute(
          offsets, of: windows, input, weights: weights, epilogue: epilogue, output: output,
          pixelStride: pixelStride)
      }
      let width = roundedToGroup(weights.outputs)
      let scratch = Storage(count: streamedPixels * width)
      defer { withExtendedLifetime(scratch) {} }
      for first in stride(from: 0, to: offsets.count, by: streamedPixels) {
        let pixels = first..<min(offsets.count, first + streamedPixels)
        compute(
          UnsafeBufferPointer(rebasing: offsets[pixels]), of: windows, input, weights: weights,
          epilogue: epilogue, output: scratch.pointer, pixelStride: width)
        moments.stream(
          scratch.pointer, sourceStride: width, count: pixels.count, channels: weights.outputs,
          to: output + first * pixelStride, targetStride: pixelStride)
      }
      stream_fence()
    }
  }

  /// The pixels that are computed in the first-level cache before they are streamed: whole tiles of any
  /// group.
  private static let streamedPixels = 48

  /// Computes the pixels whose windows begin at some offsets.
  private static func compute(
    _ offsets: UnsafeBufferPointer<Int>, of windows: IndirectionBuffer,
    _ input: UnsafePointer<Float>, weights: PackedWeights, epilogue: KernelEpilogue,
    output: UnsafeMutablePointer<Float>, pixelStride: Int
  ) {
    let elements = weights.pointer
    let bias = epilogue.bias.map { UnsafePointer($0.pointer) }
    func group<Group: Lanes>(_: Group.Type, _ first: Int) {
      runGroup(
        Group.self, windows, offsets, input, weights: elements + first * windows.size,
        to: OutputGroup(
          first: output + first, pixelStride: pixelStride,
          channels: min(Group.count, weights.outputs - first),
          bias: bias.map { $0 + first }, appliesReLU: epilogue.appliesReLU))
    }
    forEachGroup(of: weights.outputs) { type, first in group(type, first) }
  }

  /// A group of output channels with the start of their sums and the operation applied to the results.
  private struct OutputGroup {
    let first: UnsafeMutablePointer<Float>
    let pixelStride: Int
    /// The number of channels; the last group may have more lanes.
    let channels: Int
    /// `nil` to add to what the output holds.
    let bias: UnsafePointer<Float>?
    let appliesReLU: Bool
  }

  /// Computes all pixels of one group of output channels.
  @_specialize(where Group == SIMD16<Float>)
  @_specialize(where Group == Lanes32)
  @_specialize(where Group == Lanes48)
  @_specialize(where Group == Lanes64)
  private static func runGroup<Group: Lanes>(
    _: Group.Type, _ windows: IndirectionBuffer, _ offsets: UnsafeBufferPointer<Int>,
    _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, to output: OutputGroup
  ) {
    // Outputs of fewer channels than the group has lanes pass through rows of whole groups.
    let spare = output.channels >= Group.count ? 0 : Group.rows * Group.count
    withUnsafeTemporaryAllocation(of: Float.self, capacity: spare) { whole in
      Pixels<Group>(
        offsets: offsets, input: input, windowRows: windows.rows, rowStride: windows.rowStride,
        run: windows.run, weights: weights, output: output,
        whole: spare > 0 ? whole.baseAddress : nil
      ).forEachTile(of: offsets.count)
    }
  }

  /// The pixels of one group of output channels.
  private struct Pixels<Group: Lanes>: TiledRows {
    let offsets: UnsafeBufferPointer<Int>
    let input: UnsafePointer<Float>
    let windowRows: Int
    let rowStride: Int
    let run: Int
    let weights: UnsafePointer<Float>
    let output: OutputGroup
    /// Memory for rows of whole groups, if the output has fewer channels.
    let whole: UnsafeMutablePointer<Float>?

    @inline(__always)
    func compute(_ first: Int, rows: Int) {
      let target = output.first + first &* output.pixelStride
      let x = RowPointers(input, offsets: offsets, from: first, rows: rows)
      let y = RowPointers(
        whole ?? target, stride: whole == nil ? output.pixelStride : Group.count, rows: rows)
      var sums: AccumulatorTile<Group>
      if let bias = output.bias {
        sums = AccumulatorTile(repeating: Group.load(bias), rows: rows)
      } else {
        if let whole {
          copyRows(
            rows, output.channels, from: target, output.pixelStride, to: whole, Group.count)
        }
        sums = AccumulatorTile(y, rows: rows)
      }
      var weights = weights
      var offset = 0
      for _ in 0..<windowRows {
        for k in offset..<offset &+ run {
          sums.addProducts(x, at: k, Group.load(weights))
          weights += Group.count
        }
        offset &+= rowStride
      }
      if output.appliesReLU { sums = sums.withReLU() }
      sums.store(y)
      if let whole {
        copyRows(rows, output.channels, from: whole, Group.count, to: target, output.pixelStride)
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
