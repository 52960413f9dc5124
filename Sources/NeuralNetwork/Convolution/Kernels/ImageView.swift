/// An image in memory: rows of pixels, the channels of a pixel side by side.
struct ImageView<Pointer: Strideable> where Pointer.Stride == Int {
  /// The first channel of the first pixel.
  let first: Pointer
  /// The stride between rows, in elements.
  let rowStride: Int
  /// The stride between neighboring pixels, in elements.
  let pixelStride: Int

  @inline(__always)
  init(_ first: Pointer, rowStride: Int, pixelStride: Int) {
    (self.first, self.rowStride, self.pixelStride) = (first, rowStride, pixelStride)
  }

  /// The image from a pixel and a channel on.
  @inline(__always)
  func from(y: Int, x: Int, channel: Int) -> ImageView {
    ImageView(
      first.advanced(by: y &* rowStride &+ x &* pixelStride &+ channel), rowStride: rowStride,
      pixelStride: pixelStride)
  }

  /// The first channel of a pixel.
  @inline(__always)
  func pixel(_ y: Int, _ x: Int) -> Pointer {
    first.advanced(by: y &* rowStride &+ x &* pixelStride)
  }
}
