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
  static func run(
    _ windows: IndirectionBuffer, _ input: UnsafePointer<Float>, weights: PackedWeights,
    epilogue: KernelEpilogue, output: UnsafeMutablePointer<Float>, pixelStride: Int
  ) {
    epilogue.check(outputs: weights.outputs)
    windows.offsets.withPointer { offsets in
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
    _: Group.Type, _ windows: IndirectionBuffer, _ offsets: UnsafePointer<Int>,
    _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, to output: OutputGroup
  ) {
    let (mr, nr) = (Group.rows, Group.count)
    let (rows, rowStride, run) = (windows.rows, windows.rowStride, windows.run)
    let (pixels, pixelStride, channels) = (
      windows.offsets.count, output.pixelStride, output.channels
    )
    // Outputs of fewer channels than the group has lanes pass through rows of whole groups.
    let isWhole = channels >= nr
    withUnsafeTemporaryAllocation(of: Float.self, capacity: isWhole ? 0 : mr * nr) { whole in
      for first in stride(from: 0, to: pixels, by: mr) {
        let last = min(pixels &- first, mr) &- 1
        let target = output.first + first &* pixelStride
        let x = RowPointers(input, offsets: offsets + first, last: last)
        let y =
          isWhole
          ? RowPointers(target, stride: pixelStride, last: last)
          : RowPointers(whole.baseAddress ?? target, stride: nr, last: last)
        var sums: AccumulatorTile<Group>
        if let bias = output.bias {
          sums = AccumulatorTile(repeating: Group.load(bias))
        } else {
          if !isWhole { copyRows(last + 1, channels, from: target, pixelStride, to: y.x0, nr) }
          sums = AccumulatorTile(y)
        }
        var weights = weights
        var offset = 0
        for _ in 0..<rows {
          for k in offset..<offset &+ run {
            sums.addProducts(x, at: k, Group.load(weights))
            weights += nr
          }
          offset &+= rowStride
        }
        if output.appliesReLU { sums = sums.withReLU() }
        sums.store(y)
        if !isWhole { copyRows(last + 1, channels, from: y.x0, nr, to: target, pixelStride) }
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
