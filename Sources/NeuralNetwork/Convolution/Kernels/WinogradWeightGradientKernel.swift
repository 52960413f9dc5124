// The kernel of `WinogradConvolution` for the gradient of the weight.
//
//   u[position, input, output] += Σ tiles  (Bᵀ d B)[position, input] · (A dy Aᵀ)[position, output]
//
// The gradient of a kernel is Gᵀ u G, computed once for the whole batch.
//
// Tiling: the windows of a block of kc tiles are transformed for all inputs, then the gradients for 32
// outputs at a time; for each position the sums over the tiles are those of `WeightGradientKernel`
// over pixels.

enum WinogradWeightGradientKernel {
  /// The largest number of tiles in a block: the length of a chain.
  private static let maxTiles = 96

  /// Adds the contribution of one image.
  ///
  /// - Parameters:
  ///   - tiles: The tiles of the output.
  ///   - input: The padded image.
  ///   - inputs: The channels of `input`.
  ///   - gradient: The gradient with respect to the image's output, padded with zeros for every pixel
  ///     of a tile.
  ///   - outputs: The channels of `gradient`.
  ///   - sums: A row for each position and input, and one for the bias.
  static func run(
    _ tiles: WinogradTiles, _ input: ImageView<UnsafePointer<Float>>, inputs: Int,
    gradient: ImageView<UnsafePointer<Float>>, outputs: Int, sums: SumRows
  ) {
    precondition(inputs % 16 == 0 && outputs % 16 == 0, "whole groups of lanes")
    let positions = WinogradTransform.positions
    let blocks = (tiles.count + maxTiles - 1) / maxTiles
    guard blocks > 0 else { return }
    let kc = (tiles.count + blocks - 1) / blocks
    let scratch = Storage(count: positions * kc * (inputs + 32))
    defer { withExtendedLifetime(scratch) {} }
    let windows = scratch.pointer
    let gradients = windows + positions * kc * inputs
    let offsets = (0..<kc).map { $0 * inputs }
    offsets.withUnsafeBufferPointer { offsets in
      for first in stride(from: 0, to: tiles.count, by: kc) {
        let block = first..<min(first + kc, tiles.count)
        let offsets = UnsafeBufferPointer(rebasing: offsets[..<block.count])
        let sums = sums.before(isFirst: first == 0)
        for (row, tile) in block.enumerated() {
          let (y, x) = tiles.pixel(tile)
          for c in stride(from: 0, to: inputs, by: 16) {
            WinogradTransform.window(
              input.from(y: y, x: x, channel: c), to: windows + (row * inputs + c),
              positionStride: kc * inputs)
          }
        }
        func group<Group: Lanes>(_: Group.Type, _ output: Int) {
          for c in stride(from: 0, to: Group.count, by: 16) {
            var sum = SIMD16<Float>()
            for (row, tile) in block.enumerated() {
              let (y, x) = tiles.pixel(tile)
              WinogradTransform.gradient(
                gradient.from(y: y, x: x, channel: output + c),
                to: gradients + (row * Group.count + c), positionStride: kc * Group.count,
                sum: &sum)
            }
            let bias = sums.row(positions * inputs) + (output + c)
            if !sums.isEmpty { sum += SIMD16<Float>.load(bias) }
            sum.store(bias)
          }
          for position in 0..<positions {
            WeightGradientKernel.runGroup(
              Group.self, windows + position * kc * inputs, offsets, positions: inputs,
              gradient: gradients + position * kc * Group.count,
              sums: sums.from(row: position * inputs, channel: output))
          }
        }
        WeightGradientKernel.forEachNarrowGroup(of: outputs) { type, output in
          group(type, output)
        }
      }
    }
  }
}
