/// A tile of accumulators in registers: `Group.rows` rows of a group of lanes. Rows beyond that are
/// never computed.
///
/// Each row is a separate variable, and every access names its row: with arrays, closures or calls they
/// would not stay in registers.
struct AccumulatorTile<Group: Lanes> {
  private var y0, y1, y2, y3, y4, y5, y6, y7, y8, y9: Group

  /// A tile of equal rows.
  @inline(__always)
  init(repeating sums: Group) {
    (y0, y1, y2, y3, y4) = (sums, sums, sums, sums, sums)
    (y5, y6, y7, y8, y9) = (sums, sums, sums, sums, sums)
  }

  /// Loads each row.
  @inline(__always)
  init(_ rows: RowPointers<UnsafeMutablePointer<Float>>) {
    self.init(repeating: Group.load(rows.x0))
    (y1, y2, y3) = (Group.load(rows.x1), Group.load(rows.x2), Group.load(rows.x3))
    (y4, y5) = (Group.load(rows.x4), Group.load(rows.x5))
    // Decided when the code is compiled, here and below.
    if Group.rows > 6 { (y6, y7) = (Group.load(rows.x6), Group.load(rows.x7)) }
    if Group.rows > 8 { (y8, y9) = (Group.load(rows.x8), Group.load(rows.x9)) }
  }

  /// Adds `factors`, multiplied by number `k` of each row.
  @inline(__always)
  mutating func addProducts(_ x: RowPointers<UnsafePointer<Float>>, at k: Int, _ factors: Group) {
    y0.addProduct(x.x0[k], factors)
    y1.addProduct(x.x1[k], factors)
    y2.addProduct(x.x2[k], factors)
    y3.addProduct(x.x3[k], factors)
    y4.addProduct(x.x4[k], factors)
    y5.addProduct(x.x5[k], factors)
    if Group.rows > 6 {
      y6.addProduct(x.x6[k], factors)
      y7.addProduct(x.x7[k], factors)
    }
    if Group.rows > 8 {
      y8.addProduct(x.x8[k], factors)
      y9.addProduct(x.x9[k], factors)
    }
  }

  /// max(·, 0) of all accumulators.
  @inline(__always)
  func withReLU() -> AccumulatorTile {
    var sums = self
    sums.y0 = y0.withReLU()
    sums.y1 = y1.withReLU()
    sums.y2 = y2.withReLU()
    sums.y3 = y3.withReLU()
    sums.y4 = y4.withReLU()
    sums.y5 = y5.withReLU()
    if Group.rows > 6 {
      sums.y6 = y6.withReLU()
      sums.y7 = y7.withReLU()
    }
    if Group.rows > 8 {
      sums.y8 = y8.withReLU()
      sums.y9 = y9.withReLU()
    }
    return sums
  }

  /// Stores each row.
  @inline(__always)
  func store(_ rows: RowPointers<UnsafeMutablePointer<Float>>) {
    y0.store(rows.x0)
    y1.store(rows.x1)
    y2.store(rows.x2)
    y3.store(rows.x3)
    y4.store(rows.x4)
    y5.store(rows.x5)
    if Group.rows > 6 {
      y6.store(rows.x6)
      y7.store(rows.x7)
    }
    if Group.rows > 8 {
      y8.store(rows.x8)
      y9.store(rows.x9)
    }
  }
}

/// A pointer to each row of a tile. Rows after the last one point to it too.
struct RowPointers<Pointer: Strideable> where Pointer.Stride == Int {
  let x0, x1, x2, x3, x4, x5, x6, x7, x8, x9: Pointer

  /// Rows at equal distances from each other.
  @inline(__always)
  init(_ first: Pointer, stride: Int, last: Int) {
    @inline(__always) func start(_ row: Int) -> Pointer {
      first.advanced(by: (row < last ? row : last) &* stride)
    }
    (x0, x1, x2, x3, x4) = (start(0), start(1), start(2), start(3), start(4))
    (x5, x6, x7, x8, x9) = (start(5), start(6), start(7), start(8), start(9))
  }

  /// Rows at offsets from a base.
  @inline(__always)
  init(_ base: Pointer, offsets: UnsafePointer<Int>, last: Int) {
    @inline(__always) func start(_ row: Int) -> Pointer {
      base.advanced(by: offsets[row < last ? row : last])
    }
    (x0, x1, x2, x3, x4) = (start(0), start(1), start(2), start(3), start(4))
    (x5, x6, x7, x8, x9) = (start(5), start(6), start(7), start(8), start(9))
  }
}
