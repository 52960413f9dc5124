extension Image {
  /// A contact sheet: rows of images on white.
  ///
  /// - Parameters:
  ///   - rows: The images by row, from the top; rows may have different lengths.
  ///   - side: The largest side of an image on the sheet in pixels; larger images are shrunk to it.
  ///   - gap: White pixels between images.
  /// - Precondition: There is at least one image, and all are squares of one size.
  package init(contactSheet rows: [[Image]], side: Int, gap: Int) {
    guard let first = rows.lazy.compactMap(\.first).first else {
      preconditionFailure("at least one image")
    }
    precondition(
      rows.allSatisfy { $0.allSatisfy { $0.width == first.width && $0.height == first.width } },
      "squares of one size")
    let side = min(side, first.width)
    let columns = rows.map(\.count).max() ?? 1
    let size = ImageSize(
      width: columns * (side + gap) - gap, height: rows.count * (side + gap) - gap)
    var pixels = [UInt8](repeating: 255, count: size.width * size.height * 3)
    for (row, images) in rows.enumerated() {
      for (column, image) in images.enumerated() {
        let tile =
          image.width == side
          ? image : image.warped(by: Warp(resizing: image.size, shortSide: side))
        for y in 0..<side {
          let start = ((row * (side + gap) + y) * size.width + column * (side + gap)) * 3
          pixels.replaceSubrange(
            start..<start + side * 3, with: tile.pixels[y * side * 3..<(y + 1) * side * 3])
        }
      }
    }
    self.init(size: size, pixels: pixels)
  }
}
