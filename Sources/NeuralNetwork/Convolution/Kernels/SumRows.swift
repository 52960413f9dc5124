/// Rows of sums, one number for each output channel, up to a multiple of 16.
struct SumRows {
  /// The first number of the first row.
  let first: UnsafeMutablePointer<Float>
  /// The stride between rows, in elements.
  let stride: Int
  /// Whether the sums have no values yet, so that the first terms replace them.
  var isEmpty: Bool

  /// The first number of a row.
  @inline(__always)
  func row(_ row: Int) -> UnsafeMutablePointer<Float> { first + row &* stride }

  /// The same sums from a row and a channel on.
  @inline(__always)
  func from(row: Int, channel: Int) -> SumRows {
    SumRows(first: first + (row &* stride &+ channel), stride: stride, isEmpty: isEmpty)
  }

  /// The sums as one of several blocks finds them: only the first may find them empty.
  func before(isFirst: Bool) -> SumRows {
    SumRows(first: first, stride: stride, isEmpty: isEmpty && isFirst)
  }
}
