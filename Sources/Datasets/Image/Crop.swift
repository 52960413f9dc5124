extension Image {
  /// Crops a square of `side` pixels whose first pixel is at row `top` and column `left`; pixels
  /// outside the image are black.
  ///
  /// Source: torchvision `crop` on a PIL image.
  package func cropped(top: Int, left: Int, side: Int) -> Image {
    let rows = max(0, -top)..<max(max(0, -top), min(side, height - top))
    let columns = max(0, -left)..<max(max(0, -left), min(side, width - left))
    let isInside = rows.count == side && columns.count == side
    return Image(size: ImageSize(width: side, height: side)) { output in
      if !isInside { output.initialize(repeating: 0) }
      guard !columns.isEmpty else { return }
      pixels.withUnsafeBufferPointer { input in
        for row in rows {
          let start = ((top + row) * width + left + columns.lowerBound) * 3
          _ = UnsafeMutableBufferPointer(
            rebasing: output[(row * side + columns.lowerBound) * 3..<(row + 1) * side * 3]
          ).update(fromContentsOf: input[start..<start + columns.count * 3])
        }
      }
    }
  }

  /// Crops a square of `side` pixels at the center; smaller images are padded with black.
  ///
  /// If the margin is odd, the square starts at the even one of the two middle positions (halves round
  /// to even); if the padding is odd, the larger half is on the right and at the bottom.
  ///
  /// Source: torchvision `CenterCrop`.
  package func centerCropped(side: Int) -> Image {
    func start(_ extent: Int) -> Int {
      extent < side
        ? -((side - extent) / 2)
        : Int((Double(extent - side) / 2).rounded(.toNearestOrEven))
    }
    return cropped(top: start(height), left: start(width), side: side)
  }

  /// Flips the image left to right.
  ///
  /// Source: torchvision `hflip`.
  package func mirrored() -> Image {
    Image(size: size) { output in
      pixels.withUnsafeBufferPointer { input in
        for y in 0..<height {
          for x in 0..<width {
            let source = (y * width + width - 1 - x) * 3
            let target = (y * width + x) * 3
            output[target] = input[source]
            output[target + 1] = input[source + 1]
            output[target + 2] = input[source + 2]
          }
        }
      }
    }
  }
}
