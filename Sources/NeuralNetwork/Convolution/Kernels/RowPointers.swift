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
