/// The matrix of an image's windows, (pixels, ky · kx · inputs), block by block of output rows
/// (im2col).
struct WindowMatrix {
  /// The largest number of elements in a block: 256 KiB, to stay in the second-level cache.
  static let blockSize = 1 << 16

  typealias Matrix = OpenBLASLibrary.Matrix

  /// Whether a window is one pixel, so that the image itself is the matrix.
  let isPointwise: Bool
  private let convolution: Convolution
  private let height: Int
  private let width: Int
  private let outputHeight: Int
  private let outputWidth: Int
  /// The output rows of a block.
  private let rowsPerBlock: Int

  init(_ convolution: Convolution, input: Shape) {
    self.convolution = convolution
    (height, width) = (input.height, input.width)
    let output = convolution.outputShape(for: input)
    (outputHeight, outputWidth) = (output.height, output.width)
    isPointwise = convolution.kernelSize == 1 && convolution.stride == 1
    let row = max(1, outputWidth * convolution.fanIn)
    rowsPerBlock = isPointwise ? max(1, outputHeight) : max(1, Self.blockSize / row)
  }

  /// Calls `body` with each block of output rows and memory for its windows.
  func forEachBlock(_ body: (_ rows: Range<Int>, _ memory: UnsafeMutablePointer<Float>) -> Void) {
    let windows = Storage(
      count: isPointwise ? 0 : rowsPerBlock * outputWidth * convolution.fanIn)
    defer { withExtendedLifetime(windows) {} }
    for first in stride(from: 0, to: outputHeight, by: rowsPerBlock) {
      body(first..<min(outputHeight, first + rowsPerBlock), windows.pointer)
    }
  }

  /// The windows of some output rows, copied into memory unless they are the image itself.
  func gather(
    _ image: UnsafePointer<Float>, _ rows: Range<Int>, into memory: UnsafeMutablePointer<Float>
  ) -> Matrix<UnsafePointer<Float>> {
    if !isPointwise {
      forEachRun(rows) { window, run in
        let target = memory + window
        target.update(repeating: 0, count: run.before)
        (target + run.before).update(from: image + run.start, count: run.count)
        (target + run.before + run.count).update(repeating: 0, count: run.after)
      }
    }
    return matrix(isPointwise ? image : UnsafePointer(memory), rows)
  }

  /// The matrix for the gradients of the windows of some output rows, which `scatter` then adds up; the
  /// image itself where its pixels are the windows.
  func target(
    _ image: UnsafeMutablePointer<Float>, _ rows: Range<Int>,
    _ memory: UnsafeMutablePointer<Float>
  ) -> Matrix<UnsafeMutablePointer<Float>> {
    matrix(isPointwise ? image : memory, rows)
  }

  private func matrix<Pointer>(_ first: Pointer, _ rows: Range<Int>) -> Matrix<Pointer> {
    Matrix(
      first: first, rows: rows.count * outputWidth, columns: convolution.fanIn,
      stride: convolution.fanIn)
  }

  /// Adds the gradients of windows to the pixels that they were gathered from.
  func scatter(
    _ memory: UnsafeMutablePointer<Float>, _ rows: Range<Int>,
    into image: UnsafeMutablePointer<Float>
  ) {
    if isPointwise { return }
    forEachRun(rows) { window, run in
      let source = memory + window + run.before
      let target = image + run.start
      for i in 0..<run.count { target[i] += source[i] }
    }
  }

  /// One row of a window: `count` numbers of the image from `start` on, with zeros around them.
  private struct Run {
    var before: Int
    var start: Int
    var count: Int
    var after: Int
  }

  /// Calls `body` with each row of each window and its position in the matrix.
  private func forEachRun(_ rows: Range<Int>, _ body: (Int, Run) -> Void) {
    let (size, channels) = (convolution.kernelSize, convolution.inputChannels)
    var position = 0
    for y in rows {
      let top = y * convolution.stride - convolution.padding
      for x in 0..<outputWidth {
        let left = x * convolution.stride - convolution.padding
        let first = min(max(left, 0), width)
        let last = max(first, min(left + size, width))
        for ky in top..<top + size {
          if ky < 0 || ky >= height || first == last {
            body(position, Run(before: size * channels, start: 0, count: 0, after: 0))
          } else {
            body(
              position,
              Run(
                before: (first - left) * channels, start: (ky * width + first) * channels,
                count: (last - first) * channels, after: (left + size - last) * channels))
          }
          position += size * channels
        }
      }
    }
  }
}
