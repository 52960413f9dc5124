/// The transforms of Winograd's method F(4×4, 3×3), for 16 neighboring channels at once.
///
/// A one-dimensional convolution of six inputs with three weights is a product of polynomials, computed
/// from their values at six points: 0, ±p, ±q and ∞. The two-dimensional transforms apply the
/// one-dimensional ones to columns and rows. With p = 5/8 and q = 3/2 the rounding error is about half
/// of that with the textbook's 1 and 2, and all constants of the transforms of activations are exact.
///
/// Source of the points: oneDNN's `jit_avx512_core_f32_wino_conv_4x3`.
enum WinogradTransform {
  /// The height and width of a tile of the output, in pixels.
  static let tile = 4
  /// The height and width of a tile's window of the input, in pixels.
  static let window = 6
  /// The positions of a transformed window.
  static let positions = window * window

  private typealias Lanes16 = SIMD16<Float>
  private typealias Three<Number> = (Number, Number, Number)
  private typealias Four = (Lanes16, Lanes16, Lanes16, Lanes16)
  private typealias Six<Number> = (Number, Number, Number, Number, Number, Number)

  private static let p = 0.625
  private static let q = 1.5

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
    typealias Kernels = SIMD16<Double>
    // The values at a point x of the polynomial with coefficients g, divided by ∏ (x − y) over the
    // other finite points y.
    @inline(__always) func product(_ g0: Kernels, _ g1: Kernels, _ g2: Kernels) -> Six<Kernels> {
      let (evenP, oddP) = ((g0 + g2 * (p * p)) * atP, g1 * (p * atP))
      let (evenQ, oddQ) = ((g0 + g2 * (q * q)) * atQ, g1 * (q * atQ))
      return (g0 * atZero, evenP + oddP, evenP - oddP, evenQ + oddQ, evenQ - oddQ, g2)
    }
    @inline(__always) func tap(_ tap: Int) -> Kernels { Kernels(g(tap)) }
    let c0 = product(tap(0), tap(3), tap(6))
    let c1 = product(tap(1), tap(4), tap(7))
    let c2 = product(tap(2), tap(5), tap(8))
    @inline(__always) func row(_ y: Int, _ x0: Kernels, _ x1: Kernels, _ x2: Kernels) {
      let target = target + window &* y &* positionStride
      let numbers = product(x0, x1, x2)
      SIMD16<Float>(numbers.0).store(target)
      SIMD16<Float>(numbers.1).store(target + positionStride)
      SIMD16<Float>(numbers.2).store(target + 2 &* positionStride)
      SIMD16<Float>(numbers.3).store(target + 3 &* positionStride)
      SIMD16<Float>(numbers.4).store(target + 4 &* positionStride)
      SIMD16<Float>(numbers.5).store(target + 5 &* positionStride)
    }
    row(0, c0.0, c1.0, c2.0)
    row(1, c0.1, c1.1, c2.1)
    row(2, c0.2, c1.2, c2.2)
    row(3, c0.3, c1.3, c2.3)
    row(4, c0.4, c1.4, c2.4)
    row(5, c0.5, c1.5, c2.5)
  }

  private static let atZero = 1 / (p * p * q * q)
  private static let atP = 1 / (2 * p * p * (p * p - q * q))
  private static let atQ = 1 / (2 * q * q * (q * q - p * p))

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
    let (evenP, oddP, secondP) = (Float(atP), Float(p * atP), Float(p * p * atP))
    let (evenQ, oddQ, secondQ) = (Float(atQ), Float(q * atQ), Float(q * q * atQ))
    @inline(__always) func product(
      _ x0: Lanes16, _ x1: Lanes16, _ x2: Lanes16, _ x3: Lanes16, _ x4: Lanes16, _ x5: Lanes16
    ) -> Three<Lanes16> {
      let (sumP, sumQ) = (x1 + x2, x3 + x4)
      return (
        sum(x0, Float(atZero), sumP, evenP, sumQ, evenQ),
        ((x1 - x2) * oddP).addingProduct(x3 - x4, Lanes16(repeating: oddQ)),
        x5.addingProduct(sumP, Lanes16(repeating: secondP))
          .addingProduct(sumQ, Lanes16(repeating: secondQ))
      )
    }
    @inline(__always) func column(_ x: Int) -> Three<Lanes16> {
      let top = u + x &* positionStride
      let rowStride = window &* positionStride
      return product(
        .load(top), .load(top + rowStride), .load(top + 2 &* rowStride),
        .load(top + 3 &* rowStride), .load(top + 4 &* rowStride), .load(top + 5 &* rowStride))
    }
    let (c0, c1, c2) = (column(0), column(1), column(2))
    let (c3, c4, c5) = (column(3), column(4), column(5))
    @inline(__always) func row(_ y: Int, _ numbers: Three<Lanes16>) {
      write(3 &* y, numbers.0)
      write(3 &* y &+ 1, numbers.1)
      write(3 &* y &+ 2, numbers.2)
    }
    row(0, product(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
    row(1, product(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1))
    row(2, product(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2))
  }

  /// Writes Bᵀ d B of 16 channels of a window d.
  ///
  /// - Parameters:
  ///   - pixels: The window's pixels.
  ///   - target: The first position.
  ///   - positionStride: The stride between positions, in elements.
  @inline(__always)
  static func window(
    _ pixels: ImageView<UnsafePointer<Float>>, to target: UnsafeMutablePointer<Float>,
    positionStride: Int
  ) {
    @inline(__always) func pixel(_ y: Int, _ x: Int) -> Lanes16 { .load(pixels.pixel(y, x)) }
    @inline(__always) func row(
      _ y: Int, _ x0: Lanes16, _ x1: Lanes16, _ x2: Lanes16, _ x3: Lanes16, _ x4: Lanes16,
      _ x5: Lanes16
    ) {
      let target = target + window &* y &* positionStride
      let (low, high) = (lowRows(x0, x1, x2, x3, x4), highRows(x1, x2, x3, x4, x5))
      low.0.store(target)
      low.1.store(target + positionStride)
      low.2.store(target + 2 &* positionStride)
      high.0.store(target + 3 &* positionStride)
      high.1.store(target + 4 &* positionStride)
      high.2.store(target + 5 &* positionStride)
    }
    // Half of the rows at a time: the registers do not hold all 36 numbers.
    do {
      @inline(__always) func column(_ x: Int) -> Three<Lanes16> {
        lowRows(pixel(0, x), pixel(1, x), pixel(2, x), pixel(3, x), pixel(4, x))
      }
      let (c0, c1, c2) = (column(0), column(1), column(2))
      let (c3, c4, c5) = (column(3), column(4), column(5))
      row(0, c0.0, c1.0, c2.0, c3.0, c4.0, c5.0)
      row(1, c0.1, c1.1, c2.1, c3.1, c4.1, c5.1)
      row(2, c0.2, c1.2, c2.2, c3.2, c4.2, c5.2)
    }
    do {
      @inline(__always) func column(_ x: Int) -> Three<Lanes16> {
        highRows(pixel(1, x), pixel(2, x), pixel(3, x), pixel(4, x), pixel(5, x))
      }
      let (c0, c1, c2) = (column(0), column(1), column(2))
      let (c3, c4, c5) = (column(3), column(4), column(5))
      row(3, c0.0, c1.0, c2.0, c3.0, c4.0, c5.0)
      row(4, c0.1, c1.1, c2.1, c3.1, c4.1, c5.1)
      row(5, c0.2, c1.2, c2.2, c3.2, c4.2, c5.2)
    }
  }

  /// Rows 0, 1 and 2 of Bᵀ d, those of the points 0, p and −p:
  /// (p² q², 0, −p² − q², 0, 1, 0), (0, −p q², −q², p, 1, 0), (0, p q², −q², −p, 1, 0).
  @inline(__always)
  private static func lowRows(
    _ d0: Lanes16, _ d1: Lanes16, _ d2: Lanes16, _ d3: Lanes16, _ d4: Lanes16
  ) -> Three<Lanes16> {
    let even = d4.addingProduct(d2, Lanes16(repeating: Float(-q * q)))
    let odd = d3.addingProduct(d1, Lanes16(repeating: Float(-q * q)))
    return (
      d4.addingProduct(d2, Lanes16(repeating: Float(-p * p - q * q)))
        .addingProduct(d0, Lanes16(repeating: Float(p * p * q * q))),
      even.addingProduct(odd, Lanes16(repeating: Float(p))),
      even.addingProduct(odd, Lanes16(repeating: Float(-p)))
    )
  }

  /// Rows 3, 4 and 5 of Bᵀ d, those of the points q, −q and ∞:
  /// (0, −p² q, −p², q, 1, 0), (0, p² q, −p², −q, 1, 0), (0, p² q², 0, −p² − q², 0, 1).
  @inline(__always)
  private static func highRows(
    _ d1: Lanes16, _ d2: Lanes16, _ d3: Lanes16, _ d4: Lanes16, _ d5: Lanes16
  ) -> Three<Lanes16> {
    let even = d4.addingProduct(d2, Lanes16(repeating: Float(-p * p)))
    let odd = d3.addingProduct(d1, Lanes16(repeating: Float(-p * p)))
    return (
      even.addingProduct(odd, Lanes16(repeating: Float(q))),
      even.addingProduct(odd, Lanes16(repeating: Float(-q))),
      d5.addingProduct(d3, Lanes16(repeating: Float(-p * p - q * q)))
        .addingProduct(d1, Lanes16(repeating: Float(p * p * q * q)))
    )
  }

  /// Computes Aᵀ m A of 16 channels of a transformed tile m, row by row.
  ///
  /// - Parameters:
  ///   - m: The first position.
  ///   - positionStride: The stride between positions, in elements.
  ///   - rows: The rows of the tile that are needed, 1...4.
  ///   - write: Called with the four numbers of each row.
  @inline(__always)
  static func output(
    _ m: UnsafePointer<Float>, positionStride: Int, rows: Int,
    write: (
      _ y: Int, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>
    ) -> Void
  ) {
    // Aᵀ has the rows (1, 1, 1, 1, 1, 0), (0, p, −p, q, −q, 0), (0, p², p², q², q², 0) and
    // (0, p³, −p³, q³, −q³, 1).
    @inline(__always) func product(
      _ x0: Lanes16, _ x1: Lanes16, _ x2: Lanes16, _ x3: Lanes16, _ x4: Lanes16, _ x5: Lanes16
    ) -> Four {
      let (sumP, differenceP) = (x1 + x2, x1 - x2)
      let (sumQ, differenceQ) = (x3 + x4, x3 - x4)
      return (
        x0 + sumP + sumQ,
        (differenceP * Float(p)).addingProduct(differenceQ, Lanes16(repeating: Float(q))),
        (sumP * Float(p * p)).addingProduct(sumQ, Lanes16(repeating: Float(q * q))),
        x5.addingProduct(differenceP, Lanes16(repeating: Float(p * p * p)))
          .addingProduct(differenceQ, Lanes16(repeating: Float(q * q * q)))
      )
    }
    @inline(__always) func column(_ x: Int) -> Four {
      let top = m + x &* positionStride
      let rowStride = window &* positionStride
      return product(
        .load(top), .load(top + rowStride), .load(top + 2 &* rowStride),
        .load(top + 3 &* rowStride), .load(top + 4 &* rowStride), .load(top + 5 &* rowStride))
    }
    let (c0, c1, c2) = (column(0), column(1), column(2))
    let (c3, c4, c5) = (column(3), column(4), column(5))
    @inline(__always) func row(_ y: Int, _ numbers: Four) {
      write(y, numbers.0, numbers.1, numbers.2, numbers.3)
    }
    row(0, product(c0.0, c1.0, c2.0, c3.0, c4.0, c5.0))
    if rows > 1 { row(1, product(c0.1, c1.1, c2.1, c3.1, c4.1, c5.1)) }
    if rows > 2 { row(2, product(c0.2, c1.2, c2.2, c3.2, c4.2, c5.2)) }
    if rows > 3 { row(3, product(c0.3, c1.3, c2.3, c3.3, c4.3, c5.3)) }
  }

  /// Writes A y Aᵀ of 16 channels of a tile y of the output's gradient, and adds its pixels to `sum`.
  ///
  /// - Parameters:
  ///   - tile: The tile's first pixel.
  ///   - target: The first position.
  ///   - positionStride: The stride between positions, in elements.
  ///   - sum: The sum over pixels that the tile's 16 are added to.
  @inline(__always)
  static func gradient(
    _ tile: ImageView<UnsafePointer<Float>>, to target: UnsafeMutablePointer<Float>,
    positionStride: Int, sum: inout SIMD16<Float>
  ) {
    @inline(__always) func product(
      _ y0: Lanes16, _ y1: Lanes16, _ y2: Lanes16, _ y3: Lanes16
    ) -> Six<Lanes16> {
      let evenP = y0.addingProduct(y2, Lanes16(repeating: Float(p * p)))
      let oddP = y1.addingProduct(y3, Lanes16(repeating: Float(p * p)))
      let evenQ = y0.addingProduct(y2, Lanes16(repeating: Float(q * q)))
      let oddQ = y1.addingProduct(y3, Lanes16(repeating: Float(q * q)))
      return (
        y0,
        evenP.addingProduct(oddP, Lanes16(repeating: Float(p))),
        evenP.addingProduct(oddP, Lanes16(repeating: Float(-p))),
        evenQ.addingProduct(oddQ, Lanes16(repeating: Float(q))),
        evenQ.addingProduct(oddQ, Lanes16(repeating: Float(-q))),
        y3
      )
    }
    @inline(__always) func column(_ x: Int) -> Six<Lanes16> {
      let y0 = Lanes16.load(tile.pixel(0, x))
      let y1 = Lanes16.load(tile.pixel(1, x))
      let y2 = Lanes16.load(tile.pixel(2, x))
      let y3 = Lanes16.load(tile.pixel(3, x))
      sum += (y0 + y1) + (y2 + y3)
      return product(y0, y1, y2, y3)
    }
    let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3))
    @inline(__always) func row(_ y: Int, _ numbers: Six<Lanes16>) {
      let target = target + window &* y &* positionStride
      numbers.0.store(target)
      numbers.1.store(target + positionStride)
      numbers.2.store(target + 2 &* positionStride)
      numbers.3.store(target + 3 &* positionStride)
      numbers.4.store(target + 4 &* positionStride)
      numbers.5.store(target + 5 &* positionStride)
    }
    row(0, product(c0.0, c1.0, c2.0, c3.0))
    row(1, product(c0.1, c1.1, c2.1, c3.1))
    row(2, product(c0.2, c1.2, c2.2, c3.2))
    row(3, product(c0.3, c1.3, c2.3, c3.3))
    row(4, product(c0.4, c1.4, c2.4, c3.4))
    row(5, product(c0.5, c1.5, c2.5, c3.5))
  }

  /// x · a + y · b + z · c.
  @inline(__always)
  private static func sum(
    _ x: Lanes16, _ a: Float, _ y: Lanes16, _ b: Float, _ z: Lanes16, _ c: Float
  ) -> Lanes16 {
    (x * a).addingProduct(y, Lanes16(repeating: b)).addingProduct(z, Lanes16(repeating: c))
  }
}

/// The 4×4 tiles of an image, row by row; the last ones may reach over its edges.
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
    let side = WinogradTransform.tile
    perRow = (width + side - 1) / side
    count = (height + side - 1) / side * perRow
  }

  /// The first pixel of a tile, and of its window in the padded image.
  @inline(__always)
  func pixel(_ tile: Int) -> (y: Int, x: Int) {
    (tile / perRow * WinogradTransform.tile, tile % perRow * WinogradTransform.tile)
  }

  /// Cuts the tiles into blocks of as equal sizes as possible, of at most `size`.
  func blocks(of size: Int) -> [Range<Int>] {
    let blocks = (count + size - 1) / size
    return (0..<blocks).map { $0 * count / blocks..<($0 + 1) * count / blocks }
  }
}
