/// A tile of accumulators in registers: up to `Group.rows` rows of a group of lanes.
///
/// Each row is a separate variable, and every access names its row: with arrays, closures or calls they
/// would not stay in registers. The number of rows is a constant wherever a tile is used, after
/// inlining, so the compiler decides which rows exist.
struct AccumulatorTile<Group: Lanes> {
  private var y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11: Group
  private let rows: Int

  /// A tile of equal rows.
  @inline(__always)
  init(repeating sums: Group, rows: Int) {
    (y0, y1, y2, y3, y4, y5) = (sums, sums, sums, sums, sums, sums)
    (y6, y7, y8, y9, y10, y11) = (sums, sums, sums, sums, sums, sums)
    self.rows = rows
  }

  /// Loads each row.
  @inline(__always)
  init(_ source: RowPointers<UnsafeMutablePointer<Float>>, rows: Int) {
    self.init(repeating: Group.load(source.x0), rows: rows)
    if rows > 1 { y1 = Group.load(source.x1) }
    if rows > 2 { y2 = Group.load(source.x2) }
    if rows > 3 { y3 = Group.load(source.x3) }
    if rows > 4 { y4 = Group.load(source.x4) }
    if rows > 5 { y5 = Group.load(source.x5) }
    if rows > 6 { y6 = Group.load(source.x6) }
    if rows > 7 { y7 = Group.load(source.x7) }
    if rows > 8 { y8 = Group.load(source.x8) }
    if rows > 9 { y9 = Group.load(source.x9) }
    if rows > 10 { y10 = Group.load(source.x10) }
    if rows > 11 { y11 = Group.load(source.x11) }
  }

  /// Adds `factors`, multiplied by number `k` of each row.
  @inline(__always)
  mutating func addProducts(_ x: RowPointers<UnsafePointer<Float>>, at k: Int, _ factors: Group) {
    y0.addProduct(x.x0[k], factors)
    if rows > 1 { y1.addProduct(x.x1[k], factors) }
    if rows > 2 { y2.addProduct(x.x2[k], factors) }
    if rows > 3 { y3.addProduct(x.x3[k], factors) }
    if rows > 4 { y4.addProduct(x.x4[k], factors) }
    if rows > 5 { y5.addProduct(x.x5[k], factors) }
    if rows > 6 { y6.addProduct(x.x6[k], factors) }
    if rows > 7 { y7.addProduct(x.x7[k], factors) }
    if rows > 8 { y8.addProduct(x.x8[k], factors) }
    if rows > 9 { y9.addProduct(x.x9[k], factors) }
    if rows > 10 { y10.addProduct(x.x10[k], factors) }
    if rows > 11 { y11.addProduct(x.x11[k], factors) }
  }

  /// Adds `factors`, multiplied by one of as many neighboring numbers as there are rows.
  @inline(__always)
  mutating func addProducts(_ x: UnsafePointer<Float>, _ factors: Group) {
    y0.addProduct(x[0], factors)
    if rows > 1 { y1.addProduct(x[1], factors) }
    if rows > 2 { y2.addProduct(x[2], factors) }
    if rows > 3 { y3.addProduct(x[3], factors) }
    if rows > 4 { y4.addProduct(x[4], factors) }
    if rows > 5 { y5.addProduct(x[5], factors) }
    if rows > 6 { y6.addProduct(x[6], factors) }
    if rows > 7 { y7.addProduct(x[7], factors) }
    if rows > 8 { y8.addProduct(x[8], factors) }
    if rows > 9 { y9.addProduct(x[9], factors) }
    if rows > 10 { y10.addProduct(x[10], factors) }
    if rows > 11 { y11.addProduct(x[11], factors) }
  }

  /// max(·, 0) of all accumulators.
  @inline(__always)
  func withReLU() -> AccumulatorTile {
    var sums = self
    sums.y0 = y0.withReLU()
    if rows > 1 { sums.y1 = y1.withReLU() }
    if rows > 2 { sums.y2 = y2.withReLU() }
    if rows > 3 { sums.y3 = y3.withReLU() }
    if rows > 4 { sums.y4 = y4.withReLU() }
    if rows > 5 { sums.y5 = y5.withReLU() }
    if rows > 6 { sums.y6 = y6.withReLU() }
    if rows > 7 { sums.y7 = y7.withReLU() }
    if rows > 8 { sums.y8 = y8.withReLU() }
    if rows > 9 { sums.y9 = y9.withReLU() }
    if rows > 10 { sums.y10 = y10.withReLU() }
    if rows > 11 { sums.y11 = y11.withReLU() }
    return sums
  }

  /// Stores each row.
  @inline(__always)
  func store(_ target: RowPointers<UnsafeMutablePointer<Float>>) {
    y0.store(target.x0)
    if rows > 1 { y1.store(target.x1) }
    if rows > 2 { y2.store(target.x2) }
    if rows > 3 { y3.store(target.x3) }
    if rows > 4 { y4.store(target.x4) }
    if rows > 5 { y5.store(target.x5) }
    if rows > 6 { y6.store(target.x6) }
    if rows > 7 { y7.store(target.x7) }
    if rows > 8 { y8.store(target.x8) }
    if rows > 9 { y9.store(target.x9) }
    if rows > 10 { y10.store(target.x10) }
    if rows > 11 { y11.store(target.x11) }
  }

  /// Adds each row to sums in memory, or replaces them if they have no values yet.
  @inline(__always)
  func add(to sums: RowPointers<UnsafeMutablePointer<Float>>, isEmpty: Bool) {
    guard !isEmpty else { return store(sums) }
    var total = self
    total.y0.add(Group.load(sums.x0))
    if rows > 1 { total.y1.add(Group.load(sums.x1)) }
    if rows > 2 { total.y2.add(Group.load(sums.x2)) }
    if rows > 3 { total.y3.add(Group.load(sums.x3)) }
    if rows > 4 { total.y4.add(Group.load(sums.x4)) }
    if rows > 5 { total.y5.add(Group.load(sums.x5)) }
    if rows > 6 { total.y6.add(Group.load(sums.x6)) }
    if rows > 7 { total.y7.add(Group.load(sums.x7)) }
    if rows > 8 { total.y8.add(Group.load(sums.x8)) }
    if rows > 9 { total.y9.add(Group.load(sums.x9)) }
    if rows > 10 { total.y10.add(Group.load(sums.x10)) }
    if rows > 11 { total.y11.add(Group.load(sums.x11)) }
    total.store(sums)
  }
}

/// A computation on rows, tile by tile.
protocol TiledRows {
  /// The lanes of a row.
  associatedtype Group: Lanes

  /// Computes the rows from `first` on. Implementations are always inlined, which makes the number of
  /// rows a constant; a closure would be one piece of code for all numbers.
  func compute(_ first: Int, rows: Int)
}

extension TiledRows {
  /// Computes `count` rows in tiles of as equal numbers of rows as possible.
  @inline(__always)
  func forEachTile(of count: Int) {
    var first = 0
    var tiles = (count &+ Group.rows &- 1) / Group.rows
    while tiles > 0 {
      let rows = (count &- first &+ tiles &- 1) / tiles
      switch rows {
      case 1: compute(first, rows: 1)
      case 2: compute(first, rows: 2)
      case 3: compute(first, rows: 3)
      case 4: compute(first, rows: 4)
      case 5: compute(first, rows: 5)
      case 6: compute(first, rows: 6)
      case 7: if Group.rows >= 7 { compute(first, rows: 7) }
      case 8: if Group.rows >= 8 { compute(first, rows: 8) }
      case 9: if Group.rows >= 9 { compute(first, rows: 9) }
      case 10: if Group.rows >= 10 { compute(first, rows: 10) }
      case 11: if Group.rows >= 11 { compute(first, rows: 11) }
      default: if Group.rows >= 12 { compute(first, rows: 12) }
      }
      first &+= rows
      tiles &-= 1
    }
  }
}

/// A pointer to each row of a tile. Those beyond its rows point to the last one.
struct RowPointers<Pointer: Strideable> where Pointer.Stride == Int {
  let x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11: Pointer

  /// Rows at equal distances from each other.
  @inline(__always)
  init(_ first: Pointer, stride: Int, rows: Int) {
    @inline(__always) func start(_ row: Int) -> Pointer {
      first.advanced(by: (row < rows ? row : rows &- 1) &* stride)
    }
    (x0, x1, x2, x3, x4, x5) = (start(0), start(1), start(2), start(3), start(4), start(5))
    (x6, x7, x8, x9, x10, x11) = (start(6), start(7), start(8), start(9), start(10), start(11))
  }

  /// Rows at offsets from a base.
  @inline(__always)
  init(_ base: Pointer, offsets: UnsafeBufferPointer<Int>, from first: Int, rows: Int) {
    @inline(__always) func start(_ row: Int) -> Pointer {
      base.advanced(by: offsets[first &+ (row < rows ? row : rows &- 1)])
    }
    (x0, x1, x2, x3, x4, x5) = (start(0), start(1), start(2), start(3), start(4), start(5))
    (x6, x7, x8, x9, x10, x11) = (start(6), start(7), start(8), start(9), start(10), start(11))
  }
}
