/// Sums in registers: `Group.rows` rows of a group of lanes; what is beyond them is never computed.
///
/// The rows are variables of their own: an array of them would not stay in registers.
struct RowSums<Group: Lanes> {
  private var y0, y1, y2, y3, y4, y5, y6, y7, y8, y9: Group

  /// Sums that start from `start(row)`.
  @inline(__always)
  init(_ start: (_ row: Int) -> Group) {
    (y0, y1, y2, y3, y4, y5) = (start(0), start(1), start(2), start(3), start(4), start(5))
    (y6, y7, y8, y9) = (y0, y0, y0, y0)
    // Decided when the code is compiled, here and below.
    if Group.rows > 6 { (y6, y7) = (start(6), start(7)) }
    if Group.rows > 8 { (y8, y9) = (start(8), start(9)) }
  }

  /// Adds the product of number `k` of each row and `factors`.
  @inline(__always)
  mutating func addProducts(_ x: RowPointers, at k: Int, _ factors: Group) {
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

  @inline(__always)
  func forEach(_ body: (_ row: Int, _ sum: Group) -> Void) {
    body(0, y0)
    body(1, y1)
    body(2, y2)
    body(3, y3)
    body(4, y4)
    body(5, y5)
    if Group.rows > 6 {
      body(6, y6)
      body(7, y7)
    }
    if Group.rows > 8 {
      body(8, y8)
      body(9, y9)
    }
  }
}

/// Where the numbers of each row lie.
struct RowPointers {
  let x0, x1, x2, x3, x4, x5, x6, x7, x8, x9: UnsafePointer<Float>

  /// Row `row` starts at `start(row)`.
  @inline(__always)
  init(_ start: (_ row: Int) -> UnsafePointer<Float>) {
    (x0, x1, x2, x3, x4) = (start(0), start(1), start(2), start(3), start(4))
    (x5, x6, x7, x8, x9) = (start(5), start(6), start(7), start(8), start(9))
  }
}
