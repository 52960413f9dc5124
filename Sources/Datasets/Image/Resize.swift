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

  /// Resizes the short side to `shortSide` pixels and the long one in proportion.
  ///
  /// Source: torchvision `Resize(int)` on a PIL image.
  package func resized(shortSide: Int) -> Image {
    resized(to: size.resized(shortSide: shortSide))
  }

  /// Resizes the image with bilinear interpolation and antialiasing.
  ///
  /// Rows are resized first, then columns, each rounded to 8 bits. Weights are fixed-point integers, so
  /// the result does not depend on the processor.
  ///
  /// Source: Pillow `Image.resize(size, Resampling.BILINEAR)`, byte for byte. Since version 13
  /// Pillow starts with the columns if the height shrinks more than twice as much as the width, which
  /// never happens to images that keep their proportions.
  package func resized(to target: ImageSize) -> Image {
    var image = self
    if target.width != width {
      let weights = ResizeWeights.cached(from: width, to: target.width)
      image = image.resizingRows(weights)
    }
    if target.height != height {
      let weights = ResizeWeights.cached(from: height, to: target.height)
      image = image.resizingColumns(weights)
    }
    return image
  }

  private func resizingRows(_ weights: ResizeWeights) -> Image {
    Image(size: ImageSize(width: weights.outputs, height: height)) { output in
      pixels.withUnsafeBufferPointer { weights.resizeRows(of: $0, rows: height, into: output) }
    }
  }

  private func resizingColumns(_ weights: ResizeWeights) -> Image {
    Image(size: ImageSize(width: width, height: weights.outputs)) { output in
      pixels.withUnsafeBufferPointer { weights.mixRows(of: $0, stride: width * 3, into: output) }
    }
  }
}
