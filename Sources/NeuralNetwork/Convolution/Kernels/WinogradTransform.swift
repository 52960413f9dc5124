/// The transforms of Winograd's method F(2×2, 3×3), for 16 neighboring channels at once.
enum WinogradTransform {
  /// The positions of a transformed window.
  static let positions = 16

  /// Writes G g Gᵀ of 16 kernels, rounded once.
  ///
  /// - Parameters:
  ///   - g: The kernels' weights at a tap.
  ///   - target: The first position.
  ///   - positionStride: The stride between positions, in elements.
  @inline(__always)
  static func kernels(
    _ g: (_ tap: Int) -> SIMD16<Float>, to target: UnsafeMutablePointer<Float>,
    positionStride: Int
  ) {
    // G has the rows (1, 0, 0), (½, ½, ½), (½, −½, ½), (0, 0, 1).
    typealias Kernels = SIMD16<Double>
    @inline(__always) func product(
      _ x0: Kernels, _ x1: Kernels, _ x2: Kernels
    ) -> (Kernels, Kernels, Kernels, Kernels) {
      (x0, (x0 + x2 + x1) * 0.5, (x0 + x2 - x1) * 0.5, x2)
    }
    @inline(__always) func tap(_ tap: Int) -> Kernels { Kernels(g(tap)) }
    let c0 = product(tap(0), tap(3), tap(6))
    let c1 = product(tap(1), tap(4), tap(7))
    let c2 = product(tap(2), tap(5), tap(8))
    @inline(__always) func row(_ y: Int, _ x0: Kernels, _ x1: Kernels, _ x2: Kernels) {
      let target = target + 4 &* y &* positionStride
      let numbers = product(x0, x1, x2)
      SIMD16<Float>(numbers.0).store(target)
      SIMD16<Float>(numbers.1).store(target + positionStride)
      SIMD16<Float>(numbers.2).store(target + 2 &* positionStride)
      SIMD16<Float>(numbers.3).store(target + 3 &* positionStride)
    }
    row(0, c0.0, c1.0, c2.0)
    row(1, c0.1, c1.1, c2.1)
    row(2, c0.2, c1.2, c2.2)
    row(3, c0.3, c1.3, c2.3)
  }

  /// Computes Gᵀ u G, the gradients of 16 kernels from those of their transforms.
  ///
  /// - Parameters:
  ///   - u: The gradients at the first position.
  ///   - positionStride: The stride between positions, in elements.
  ///   - write: Called with the gradients at each tap.
  @inline(__always)
  static func kernelGradients(
    _ u: UnsafePointer<Float>, positionStride: Int, write: (_ tap: Int, SIMD16<Float>) -> Void
  ) {
    @inline(__always) func product(
      _ x0: SIMD16<Float>, _ x1: SIMD16<Float>, _ x2: SIMD16<Float>, _ x3: SIMD16<Float>
    ) -> (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>) {
      let half = (x1 + x2) * 0.5
      return (x0 + half, (x1 - x2) * 0.5, half + x3)
    }
    @inline(__always) func load(_ position: Int) -> SIMD16<Float> {
      .load(u + position &* positionStride)
    }
    let c0 = product(load(0), load(4), load(8), load(12))
    let c1 = product(load(1), load(5), load(9), load(13))
    let c2 = product(load(2), load(6), load(10), load(14))
    let c3 = product(load(3), load(7), load(11), load(15))
    @inline(__always) func row(
      _ y: Int, _ x0: SIMD16<Float>, _ x1: SIMD16<Float>, _ x2: SIMD16<Float>, _ x3: SIMD16<Float>
    ) {
      let numbers = product(x0, x1, x2, x3)
      write(3 &* y, numbers.0)
      write(3 &* y &+ 1, numbers.1)
      write(3 &* y &+ 2, numbers.2)
    }
    row(0, c0.0, c1.0, c2.0, c3.0)
    row(1, c0.1, c1.1, c2.1, c3.1)
    row(2, c0.2, c1.2, c2.2, c3.2)
  }

  /// Writes Bᵀ d B of 16 channels of a window d.
  ///
  /// - Parameters:
  ///   - window: The window's first pixel.
  ///   - target: The first position.
  ///   - positionStride: The stride between positions, in elements.
  @inline(__always)
  static func window(
    _ window: ImageView<UnsafePointer<Float>>, to target: UnsafeMutablePointer<Float>,
    positionStride: Int
  ) {
    // Bᵀ has the rows (1, 0, −1, 0), (0, 1, 1, 0), (0, −1, 1, 0), (0, 1, 0, −1).
    typealias Column = (SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>)
    @inline(__always) func column(_ x: Int) -> Column {
      let d0 = SIMD16<Float>.load(window.pixel(0, x))
      let d1 = SIMD16<Float>.load(window.pixel(1, x))
      let d2 = SIMD16<Float>.load(window.pixel(2, x))
      let d3 = SIMD16<Float>.load(window.pixel(3, x))
      return (d0 - d2, d1 + d2, d2 - d1, d1 - d3)
    }
    let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3))
    @inline(__always) func row(
      _ y: Int, _ x0: SIMD16<Float>, _ x1: SIMD16<Float>, _ x2: SIMD16<Float>, _ x3: SIMD16<Float>
    ) {
      let target = target + 4 &* y &* positionStride
      (x0 - x2).store(target)
      (x1 + x2).store(target + positionStride)
      (x2 - x1).store(target + 2 &* positionStride)
      (x1 - x3).store(target + 3 &* positionStride)
    }
    row(0, c0.0, c1.0, c2.0, c3.0)
    row(1, c0.1, c1.1, c2.1, c3.1)
    row(2, c0.2, c1.2, c2.2, c3.2)
    row(3, c0.3, c1.3, c2.3, c3.3)
  }

  /// Writes A y Aᵀ of 16 channels of a tile y of the output's gradient, and adds its pixels to `sum`.
  ///
  /// - Parameters:
  ///   - tile: The tile's first pixel.
  ///   - target: The first position.
  ///   - positionStride: The stride between positions, in elements.
  ///   - sum: The sum over pixels that the tile's four are added to.
  @inline(__always)
  static func gradient(
    _ tile: ImageView<UnsafePointer<Float>>, to target: UnsafeMutablePointer<Float>,
    positionStride: Int, sum: inout SIMD16<Float>
  ) {
    // A has the rows (1, 0), (1, 1), (1, −1), (0, −1).
    let y00 = SIMD16<Float>.load(tile.pixel(0, 0))
    let y01 = SIMD16<Float>.load(tile.pixel(0, 1))
    let y10 = SIMD16<Float>.load(tile.pixel(1, 0))
    let y11 = SIMD16<Float>.load(tile.pixel(1, 1))
    @inline(__always) func row(_ y: Int, _ x0: SIMD16<Float>, _ x1: SIMD16<Float>) {
      let target = target + 4 &* y &* positionStride
      x0.store(target)
      (x0 + x1).store(target + positionStride)
      (x0 - x1).store(target + 2 &* positionStride)
      (SIMD16<Float>() - x1).store(target + 3 &* positionStride)
    }
    let (below0, below1) = (y00 + y10, y01 + y11)
    row(0, y00, y01)
    row(1, below0, below1)
    row(2, y00 - y10, y01 - y11)
    row(3, SIMD16<Float>() - y10, SIMD16<Float>() - y11)
    sum += below0 + below1
  }
}

/// The 2×2 tiles of an image, row by row; the last ones may reach over its edges.
struct WinogradTiles {
  /// The height of the image in pixels.
  let height: Int
  /// The width of the image in pixels.
  let width: Int
  /// The number of tiles.
  let count: Int
  private let perRow: Int

  init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    perRow = (width + 1) / 2
    count = (height + 1) / 2 * perRow
  }

  /// The first pixel of a tile, and of its window in the padded image.
  @inline(__always)
  func pixel(_ tile: Int) -> (y: Int, x: Int) { (tile / perRow * 2, tile % perRow * 2) }
}
