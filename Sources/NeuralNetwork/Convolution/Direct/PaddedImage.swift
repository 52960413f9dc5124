/// An image as a kernel reads it: with a border of zeros, or with zeros between its pixels.
struct PaddedImage {
  /// The height with the padding, in pixels.
  let height: Int
  /// The width with the padding, in pixels.
  let width: Int
  let channels: Int
  /// Pixel (y, x) of the image is pixel (top + y · step, left + x · step) of the padded image.
  private let top: Int
  private let left: Int
  private let step: Int
  private let imageHeight: Int
  private let imageWidth: Int

  /// An image of a shape without padding.
  init(_ shape: Shape) {
    self.init(shape, height: shape.height, width: shape.width)
  }

  /// The input of a convolution whose outputs are computed in tiles of `tile` pixels a side.
  init(input: Shape, _ convolution: Convolution, tile: Int) {
    let padding = convolution.padding
    self.init(
      input, height: Self.rounded(input.height + 2 * padding, convolution, tile),
      width: Self.rounded(input.width + 2 * padding, convolution, tile), border: padding)
  }

  /// The gradient of a convolution's output, padded so that its convolution with the rotated kernels and
  /// stride 1 is the gradient of the input: zeros between the pixels undo the stride, and the border gives
  /// every input pixel a window.
  init(gradient: Shape, input: Shape, _ convolution: Convolution, tile: Int) {
    let border = convolution.kernelSize - 1
    let before = border - convolution.padding
    /// Large enough for whole tiles of the input's gradient, and of the gradient that is read.
    func extent(_ input: Int, _ gradient: Int) -> Int {
      max(
        Self.rounded(input + border, convolution, tile),
        tile > 1 ? before + (gradient + tile - 1) / tile * tile : 0)
    }
    self.init(
      gradient, height: extent(input.height, gradient.height),
      width: extent(input.width, gradient.width), border: before, step: convolution.stride)
  }

  private init(_ image: Shape, height: Int, width: Int, border: Int = 0, step: Int = 1) {
    (self.height, self.width, channels) = (height, width, image.channels)
    (top, left, self.step) = (border, border, step)
    (imageHeight, imageWidth) = (image.height, image.width)
  }

  /// An extent large enough for the windows of whole tiles.
  private static func rounded(_ extent: Int, _ convolution: Convolution, _ tile: Int) -> Int {
    let border = convolution.kernelSize - 1
    return (extent - border + tile - 1) / tile * tile + border
  }

  /// Where each pixel of the image starts in the padded image.
  var imagePixels: [Int] {
    grid(
      height: imageHeight, width: imageWidth, from: firstPixel,
      rowStride: step * width * channels, pixelStride: step * channels)
  }

  /// Where the first pixel of the image starts in the padded image.
  var firstPixel: Int { (top * width + left) * channels }

  /// A view of a padded image, or of one from some pixel on.
  func view(_ first: UnsafePointer<Float>) -> ImageView<UnsafePointer<Float>> {
    ImageView(first, rowStride: width * channels, pixelStride: channels)
  }

  /// Calls `body` with the padded image that begins at a pixel, counted over the whole batch; with the
  /// image itself if it needs no padding.
  func withActivations(
    from firstPixel: Int, _ reader: LazyActivations.Reader, _ body: (UnsafePointer<Float>) -> Void
  ) {
    if (height, width) == (imageHeight, imageWidth), let plain = reader.plain {
      return body(plain + firstPixel * channels)
    }
    let padded = storageWithZeros()
    defer { withExtendedLifetime(padded) {} }
    for y in 0..<imageHeight {
      let first = firstPixel + y * imageWidth
      reader.read(first..<first + imageWidth, to: row(y, of: padded))
    }
    body(padded.pointer)
  }

  /// Reads and pads the gradients of the image that begins at a pixel, counted over the whole batch.
  ///
  /// Gradients in neighboring channels are read together, pixel by pixel: the processor prefetches one
  /// contiguous run of memory, but not every other piece of it.
  static func gradients(
    _ images: [PaddedImage], from firstPixel: Int, _ readers: [LazyGradient.Reader]
  ) -> [Storage] {
    let padded = images.map { $0.storageWithZeros() }
    guard let first = images.first else { return padded }
    let steps = images.map { $0.step * $0.channels }
    for y in 0..<first.imageHeight {
      let rows = zip(images, padded).map { $0.row(y, of: $1) }
      for x in 0..<first.imageWidth {
        let pixel = firstPixel + y * first.imageWidth + x
        for i in images.indices { readers[i].read(pixel, to: rows[i] + x * steps[i]) }
      }
    }
    return padded
  }

  /// Where a row of the image starts.
  private func row(_ y: Int, of padded: Storage) -> UnsafeMutablePointer<Float> {
    padded.pointer + ((top + y * step) * width + left) * channels
  }

  /// Memory for a padded image, with zeros everywhere but in the pixels of the image.
  private func storageWithZeros() -> Storage {
    let padded = Storage(count: height * width * channels)
    let end = step == 1 ? (left + imageWidth) * channels : 0
    for y in 0..<height {
      let row = padded.pointer + y * width * channels
      let source = y - top
      guard source >= 0, source % step == 0, source / step < imageHeight else {
        row.update(repeating: 0, count: width * channels)
        continue
      }
      row.update(repeating: 0, count: left * channels)
      (row + end).update(repeating: 0, count: width * channels - end)
    }
    return padded
  }
}
