/// A copy of an image as a kernel wants to read it: with a border of zeros, or its pixels apart.
struct Frame {
  /// Of the frame, in pixels.
  var height: Int
  var width: Int
  /// The numbers of a pixel.
  var channels: Int
  /// Pixel (y, x) of the image is pixel (top + y · step, left + x · step) of the frame.
  private var top = 0
  private var left = 0
  private var step = 1
  /// Of the image.
  private let imageHeight: Int
  private let imageWidth: Int

  /// The input of a convolution with its border.
  init(input: Shape, _ convolution: Convolution) {
    (imageHeight, imageWidth, channels) = (input.height, input.width, input.channels)
    (top, left) = (convolution.padding, convolution.padding)
    height = imageHeight + 2 * convolution.padding
    width = imageWidth + 2 * convolution.padding
    if Winograd.applies(to: convolution) { roundUp() }
  }

  /// The gradient of a convolution's output, as it is.
  init(gradient shape: Shape, _ convolution: Convolution) {
    (imageHeight, imageWidth) = (shape.height, shape.width)
    (height, width, channels) = (imageHeight, imageWidth, convolution.outputChannels)
  }

  /// The output's gradient so that the input's is its convolution, with stride 1, with the turned
  /// weights: a stride sets its pixels apart, and a border lets every input pixel have a window.
  init(gradient shape: Shape, input: Shape, _ convolution: Convolution) {
    let border = convolution.kernelSize - 1
    (imageHeight, imageWidth, channels) = (shape.height, shape.width, convolution.outputChannels)
    (height, width) = (input.height + border, input.width + border)
    (top, left) = (border - convolution.padding, border - convolution.padding)
    step = convolution.stride
    if Winograd.applies(to: convolution) { roundUp() }
  }

  /// Whole 2×2 tiles.
  private mutating func roundUp() {
    height += height % 2
    width += width % 2
  }

  /// Where each pixel of the image starts in the frame.
  var imagePixels: [Int] {
    grid(
      height: imageHeight, width: imageWidth, from: firstPixel,
      rowStride: step * width * channels, pixelStride: step * channels)
  }

  /// Where the first pixel of the image starts in the frame.
  var firstPixel: Int { (top * width + left) * channels }

  /// Calls `body` with the frame of the image that begins at a pixel, counted over the whole batch, or
  /// with the image where that is the same.
  func withActivations(
    from firstPixel: Int, _ reader: LazyActivations.Reader, _ body: (UnsafePointer<Float>) -> Void
  ) {
    if (height, width) == (imageHeight, imageWidth), let plain = reader.plain {
      return body(plain + firstPixel * channels)
    }
    withMemory { start in
      for y in 0..<imageHeight {
        let first = firstPixel + y * imageWidth
        reader.read(first..<first + imageWidth, to: row(y, of: start))
      }
      body(start)
    }
  }

  /// Calls `body` with frames of the gradients of one image, which begins at a pixel.
  ///
  /// Gradients side by side are read together, pixel by pixel: the processor foresees one run of memory,
  /// but not every other piece of it.
  static func withGradients(
    _ frames: [Frame], from firstPixel: Int, _ readers: [LazyGradient.Reader],
    _ body: ([UnsafeMutablePointer<Float>]) -> Void
  ) {
    withMemory(frames) { starts in
      guard let first = frames.first else { return body(starts) }
      let steps = frames.map { $0.step * $0.channels }
      for y in 0..<first.imageHeight {
        let rows = zip(frames, starts).map { $0.row(y, of: $1) }
        for x in 0..<first.imageWidth {
          let pixel = firstPixel + y * first.imageWidth + x
          for i in frames.indices { readers[i].read(pixel, to: rows[i] + x * steps[i]) }
        }
      }
      body(starts)
    }
  }

  /// Where a row of the image starts in the frame.
  private func row(
    _ y: Int, of start: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    start + (top + y * step) * width * channels + left * channels
  }

  private static func withMemory(
    _ frames: [Frame], _ body: ([UnsafeMutablePointer<Float>]) -> Void
  ) {
    guard let first = frames.first else { return body([]) }
    first.withMemory { start in
      withMemory(Array(frames.dropFirst())) { body([start] + $0) }
    }
  }

  /// Calls `body` with the memory of a frame, in which all is 0 that is no pixel of the image.
  private func withMemory(_ body: (UnsafeMutablePointer<Float>) -> Void) {
    let frame = Storage(count: height * width * channels)
    defer { withExtendedLifetime(frame) {} }
    let start = frame.pointer
    let end = step == 1 ? (left + imageWidth) * channels : 0
    for y in 0..<height {
      let row = start + y * width * channels
      let source = y - top
      guard source >= 0, source % step == 0, source / step < imageHeight else {
        row.update(repeating: 0, count: width * channels)
        continue
      }
      row.update(repeating: 0, count: left * channels)
      (row + end).update(repeating: 0, count: width * channels - end)
    }
    body(start)
  }
}

extension IndirectionBuffer {
  /// The windows of a convolution without padding over a frame.
  init(kernelSize: Int, stride: Int, in frame: Frame) {
    self.init(
      kernelSize: kernelSize, stride: stride, height: frame.height, width: frame.width,
      channels: frame.channels)
  }
}
