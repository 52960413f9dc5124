/// Pixels in memory while an image is transformed: rows of four bytes per pixel, which are red, green,
/// blue and one without meaning, so that a pixel is loaded and stored as one number.
struct PixelRows {
  /// The number of pixels per row.
  let width: Int
  /// The number of rows.
  let height: Int
  /// The pixels from one row to the next, whole vectors of 16; those beyond `width` have no meaning.
  let stride: Int
  /// The first pixel of the first row. The one before it is black.
  let start: UnsafeMutablePointer<UInt32>

  /// Calls `body` with undefined pixels. There is memory for up to three more rows, so that kernels can
  /// write four rows at a time.
  static func withTemporary(width: Int, height: Int, _ body: (PixelRows) -> Void) {
    let stride = (width + 15) / 16 * 16
    let rows = (height + 3) / 4 * 4
    withUnsafeTemporaryAllocation(
      byteCount: (16 + rows * stride) * MemoryLayout<UInt32>.size, alignment: 64
    ) { memory in
      guard let first = memory.bindMemory(to: UInt32.self).baseAddress else { return }
      first[15] = 0
      body(PixelRows(width: width, height: height, stride: stride, start: first + 16))
    }
  }

  /// The bytes of a row.
  func bytes(_ row: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(start + row &* stride)
  }
}
