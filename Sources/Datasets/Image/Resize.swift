import Support

extension ImageSize {
  /// The size after resizing the short side to `shortSide` pixels and the long one in proportion,
  /// rounded down.
  ///
  /// Source: torchvision `Resize(int)`.
  package func resized(shortSide target: Int) -> ImageSize {
    height < width
      ? ImageSize(width: target * width / height, height: target)
      : ImageSize(width: target, height: target * height / width)
  }
}

extension Image {
  /// Checks that a very elongated image does not become too large when its short side is resized.
  ///
  /// - Throws: `Failure` with code 65 that names the image `path`.
  package func requireResizable(shortSide: Int, path: String) throws {
    let target = size.resized(shortSide: shortSide)
    guard target.width * target.height <= Self.pixelLimit else {
      throw Failure(
        .corrupt,
        "\(path): \(size) pixels are \(target) with the short side resized to \(shortSide), "
          + "more than \(Self.pixelLimit) in all")
    }
  }

  /// Calls `body` with part of the resized image.
  ///
  /// Rows are resized first, then columns, each rounded to 8 bits with bilinear interpolation and
  /// antialiasing. Weights are fixed-point integers, so the result does not depend on the processor.
  ///
  /// Source: Pillow `Image.resize(size, Resampling.BILINEAR)`, byte for byte. Since version 13
  /// Pillow starts with the columns if the height shrinks more than twice as much as the width, which
  /// never happens to images that keep their proportions.
  ///
  /// - Parameters:
  ///   - target: The size of the whole resized image.
  ///   - columns: The columns of the part.
  ///   - rows: The rows of the part.
  ///   - body: Is passed the part, which is freed afterwards.
  func withResized(
    to target: ImageSize, columns: Range<Int>, rows: Range<Int>, _ body: (PixelRows) -> Void
  ) {
    let horizontal = ResizeKernel(from: width, to: target.width, outputs: columns)
    let vertical = ResizeKernel(from: height, to: target.height, outputs: rows)
    PixelRows.withTemporary(width: columns.count, height: vertical.inputs.count) { narrow in
      horizontal.resizeRows(of: self, vertical.inputs, into: narrow)
      PixelRows.withTemporary(width: columns.count, height: rows.count) { part in
        vertical.resizeColumns(of: narrow, into: part)
        body(part)
      }
    }
  }
}
