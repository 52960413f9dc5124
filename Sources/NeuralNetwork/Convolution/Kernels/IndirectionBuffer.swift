/// Where the windows of a convolution start in the memory of one image.
///
/// In (N, H, W, C) order the inputs under one row of a window are a contiguous run of kernel width ·
/// channels elements. A window has one run per row of the kernel, so its start alone describes it, for
/// any kernel, stride and padding (whose zeros are in memory).
struct IndirectionBuffer {
  /// The start of each output pixel's window.
  let offsets: [Int]
  /// The stride between the rows of a window, in elements.
  let rowStride: Int
  /// The rows of a window.
  let rows: Int
  /// The elements in a row of a window.
  let run: Int

  /// The elements in a window.
  var size: Int { rows * run }

  /// The windows of a convolution over a padded image.
  init(kernelSize: Int, stride: Int, in image: PaddedImage) {
    rowStride = image.width * image.channels
    rows = kernelSize
    run = kernelSize * image.channels
    func extent(_ extent: Int) -> Int {
      extent < kernelSize ? 0 : (extent - kernelSize) / stride + 1
    }
    offsets = grid(
      height: extent(image.height), width: extent(image.width), rowStride: stride * rowStride,
      pixelStride: stride * image.channels)
  }
}

/// Where each pixel of a grid lies, row by row.
func grid(
  height: Int, width: Int, from first: Int = 0, rowStride: Int, pixelStride: Int
) -> [Int] {
  // Computed for every image of every layer, so without growing an array or dividing.
  Array(unsafeUninitializedCapacity: height * width) { offsets, count in
    for y in 0..<height {
      for x in 0..<width { offsets[count + x] = first + y * rowStride + x * pixelStride }
      count += width
    }
  }
}
