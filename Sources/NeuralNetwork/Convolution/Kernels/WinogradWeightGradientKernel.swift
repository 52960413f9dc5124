// The kernel of the direct engine for the gradients of the weights of 3×3 convolutions with stride 1,
// after Winograd: see there for what is computed.
//
//   u[position, input, output] += Σ tiles  (Bᵀ d B)[position, input] · (A dy Aᵀ)[position, output]
//
// The gradient of a kernel is Gᵀ u G, once for the whole batch.
//
// Tiling: the windows of a block of tiles are transformed for all inputs, then the gradients for 32
// outputs at a time; for each position the sums over the tiles are those of `WeightGradientKernel`
// over pixels.

enum WinogradWeightGradientKernel {
  /// The most tiles of a block: a chain's length.
  private static let mostTiles = 96

  /// Adds what one image contributes.
  ///
  /// - Parameters:
  ///   - input: The first number of the image's frame, which has an even height and width.
  ///   - inputs: The channels of `input`.
  ///   - gradient: The gradient of the first pixel of the image's output, in a frame of zeros that
  ///     has every pixel of a tile.
  ///   - rowStride: Between two rows of `gradient`.
  ///   - outputs: The channels of `gradient`.
  ///   - height: Of the output, in pixels.
  ///   - width: Of the output, in pixels.
  ///   - isFirst: Whether the sums are still without values.
  ///   - sums: Shape (positions · inputs + 1, outputs); the last row is the bias's.
  static func run(
    input: UnsafePointer<Float>, inputs: Int, gradient: UnsafePointer<Float>, rowStride: Int,
    outputs: Int, height: Int, width: Int, isFirst: Bool, sums: UnsafeMutablePointer<Float>
  ) {
    precondition(inputs % 16 == 0 && outputs % 16 == 0, "whole groups of lanes")
    let tiles = WinogradTiles(height: height, width: width)
    let blocks = (tiles.count + mostTiles - 1) / mostTiles
    guard blocks > 0 else { return }
    let blockSize = (tiles.count + blocks - 1) / blocks
    let scratch = Storage(count: Winograd.positions * blockSize * (inputs + 32))
    defer { withExtendedLifetime(scratch) {} }
    let windows = scratch.pointer
    let gradients = windows + Winograd.positions * blockSize * inputs
    let offsets = (0..<blockSize).map { $0 * inputs }
    offsets.withUnsafeBufferPointer { offsets in
      for first in stride(from: 0, to: tiles.count, by: blockSize) {
        let block = first..<min(first + blockSize, tiles.count)
        let offsets = UnsafeBufferPointer(rebasing: offsets[..<block.count])
        let replaces = isFirst && first == 0
        for (row, tile) in block.enumerated() {
          let (y, x) = tiles.pixel(tile)
          let window = input + (y * tiles.frameWidth + x) * inputs
          for c in stride(from: 0, to: inputs, by: 16) {
            Winograd.transform(
              window: window + c, rowStride: tiles.frameWidth * inputs, pixelStride: inputs,
              to: windows + (row * inputs + c), positionStride: blockSize * inputs)
          }
        }
        func group<Group: Lanes>(_: Group.Type, _ output: Int) {
          for c in stride(from: 0, to: Group.count, by: 16) {
            var sum = SIMD16<Float>()
            for (row, tile) in block.enumerated() {
              let (y, x) = tiles.pixel(tile)
              Winograd.transform(
                gradient: gradient + (y * rowStride + x * outputs + output + c),
                rowStride: rowStride, pixelStride: outputs,
                to: gradients + (row * Group.count + c), positionStride: blockSize * Group.count,
                sum: &sum)
            }
            let bias = sums + (Winograd.positions * inputs * outputs + output + c)
            if !replaces { sum += SIMD16<Float>.load(bias) }
            sum.store(bias)
          }
          for position in 0..<Winograd.positions {
            WeightGradientKernel.runGroup(
              Group.self, offsets, windows + position * blockSize * inputs, inputs,
              gradients + position * blockSize * Group.count,
              sums + (position * inputs * outputs + output), outputs, replaces)
          }
        }
        var output = 0
        while output < outputs {
          if hasWideRegisters && outputs - output > 16 {
            group(Lanes32.self, output)
            output += 32
          } else {
            group(SIMD16<Float>.self, output)
            output += 16
          }
        }
      }
    }
  }
}
