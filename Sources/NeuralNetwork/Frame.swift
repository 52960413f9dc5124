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

  /// Calls `body` with the frame of an image, or with the image where that is the same.
  func withActivations(
    of image: Int, _ reader: Activations.Reader, _ body: (UnsafePointer<Float>) -> Void
  ) {
    if (height, width) == (imageHeight, imageWidth), let plain = reader.plain {
      return body(plain + image * imageHeight * imageWidth * channels)
    }
    withRows(body) { y, row in
      let first = (image * imageHeight + y) * imageWidth
      reader.read(first..<first + imageWidth, to: row)
    }
  }

  /// Calls `body` with the frame of one image's gradient.
  func withGradient(
    of image: Int, _ reader: OutputGradient.Reader, _ body: (UnsafePointer<Float>) -> Void
  ) {
    withRows(body) { y, row in
      let first = (image * imageHeight + y) * imageWidth
      reader.read(first..<first + imageWidth, to: row, stride: step * channels)
    }
  }

  /// Calls `body` with a frame, after `fill` has written each row of the image to where its first
  /// pixel lies.
  private func withRows(
    _ body: (UnsafePointer<Float>) -> Void, _ fill: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let frame = Storage(count: height * width * channels)
    defer { withExtendedLifetime(frame) {} }
    guard let start = frame.elements.baseAddress else { return }
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
      fill(source / step, row + left * channels)
    }
    body(UnsafePointer(start))
  }
}

extension Windows {
  /// The windows of a convolution without padding over a frame.
  init(kernelSize: Int, stride: Int, in frame: Frame) {
    self.init(
      kernelSize: kernelSize, stride: stride, height: frame.height, width: frame.width,
      channels: frame.channels)
  }
}
