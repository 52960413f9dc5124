/// A geometric transform of an image: it is resized with antialiasing, then rotated, cropped and flipped
/// without interpolation.
///
/// Every pixel of the result is one of the resized image, or black if it lies outside. Therefore only
/// that part of an image is resized that the result shows.
package struct Warp: Equatable, Sendable {
  /// The size that the image is resized to.
  let resized: ImageSize
  /// The size of the result.
  package private(set) var size: ImageSize
  /// The map from the pixels of the result to those of the resized image.
  private(set) var map = AffineMap.identity
  /// The columns and rows of the result that lie inside the rotated image; the others are black.
  private(set) var columns, rows: Range<Int>

  /// Resizes an image to a given size.
  package init(resizingTo size: ImageSize) {
    resized = size
    self.size = size
    columns = 0..<size.width
    rows = 0..<size.height
  }

  /// Resizes the short side to `shortSide` pixels and the long one in proportion.
  ///
  /// Source: torchvision `Resize(int)` on a PIL image.
  package init(resizing size: ImageSize, shortSide: Int) {
    self.init(resizingTo: size.resized(shortSide: shortSide))
  }

  /// Rotates the resized image counter-clockwise about its center, with nearest-neighbor interpolation.
  /// The size stays; pixels outside the image are black.
  ///
  /// Source: Pillow `Image.rotate(degrees)`, byte for byte for sides below 32,768 pixels.
  package func rotated(degrees: Double) -> Warp {
    precondition(size == resized && map == .identity, "a rotation comes first")
    var warp = self
    warp.map = AffineMap(rotation: degrees, of: size)
    return warp
  }

  /// Crops a square of `side` pixels whose first pixel is at row `top` and column `left`; pixels
  /// outside the image are black.
  ///
  /// Source: torchvision `crop` on a PIL image.
  package func cropped(top: Int, left: Int, side: Int) -> Warp {
    precondition(size == resized, "one crop")
    func inside(_ start: Int, _ extent: Int) -> Range<Int> {
      let first = min(max(0, -start), side)
      return first..<max(first, min(side, extent - start))
    }
    var warp = self
    warp.columns = inside(left, size.width)
    warp.rows = inside(top, size.height)
    warp.size = ImageSize(width: side, height: side)
    warp.map = map.starting(x: left, y: top)
    return warp
  }

  /// Crops a square of `side` pixels at the center; smaller images are padded with black.
  ///
  /// If the margin is odd, the square starts at the even one of the two middle positions (halves round
  /// to even); if the padding is odd, the larger half is on the right and at the bottom.
  ///
  /// Source: torchvision `CenterCrop`.
  package func centerCropped(side: Int) -> Warp {
    func start(_ extent: Int) -> Int {
      extent < side
        ? -((side - extent) / 2)
        : Int((Double(extent - side) / 2).rounded(.toNearestOrEven))
    }
    return cropped(top: start(size.height), left: start(size.width), side: side)
  }

  /// Flips the result left to right.
  ///
  /// Source: torchvision `hflip`.
  package func mirrored() -> Warp {
    var warp = self
    warp.map = map.mirrored(width: size.width)
    warp.columns = size.width - columns.upperBound..<size.width - columns.lowerBound
    return warp
  }
}

extension Image {
  /// The image after a transform.
  package func warped(by warp: Warp) -> Image {
    let rowBytes = warp.size.width * 3
    return Image(size: warp.size) { output in
      forEachRow(of: warp) { y, row in
        _ = UnsafeMutableBufferPointer(rebasing: output[y * rowBytes..<(y + 1) * rowBytes])
          .update(fromContentsOf: row)
      }
    }
  }

  /// Calls `body` with the rows of the image after a transform, from the top: three bytes per pixel.
  func forEachRow(of warp: Warp, _ body: (_ y: Int, UnsafeBufferPointer<UInt8>) -> Void) {
    let bounds = warp.map.bounds(of: warp.size)
    // At least one pixel, even if the result shows nothing of the image.
    func range(_ bounds: ClosedRange<Int>, _ extent: Int) -> Range<Int> {
      let shown = bounds.clamped(to: 0...extent - 1)
      return shown.lowerBound..<shown.upperBound + 1
    }
    let columns = range(bounds.columns, warp.resized.width)
    let rows = range(bounds.rows, warp.resized.height)
    withResized(to: warp.resized, columns: columns, rows: rows) { part in
      let map = warp.map.relative(to: columns.lowerBound, rows.lowerBound)
      let width = warp.size.width
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: width) { indices in
        // Pixels are stored as four bytes, the last of which belongs to the next one.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * 3 + 1) { row in
          guard let indices = indices.baseAddress,
            let bytes = UnsafeMutableRawPointer(row.baseAddress)
          else { return }
          for y in 0..<warp.size.height {
            part.copyRow(
              map.starting(x: 0, y: y), width, inside: warp.rows.contains(y) ? warp.columns : 0..<0,
              indices, to: bytes)
            body(y, UnsafeBufferPointer(rebasing: row[..<(width * 3)]))
          }
        }
      }
    }
  }
}

extension PixelRows {
  /// Copies a row of pixels.
  ///
  /// This is not inlined, because the compiler would then see that no memory overlaps and use gather and
  /// scatter instructions, which are slower.
  ///
  /// - Parameters:
  ///   - map: The map from the row to these pixels; where it leads outside, the row is black.
  ///   - count: The number of pixels.
  ///   - columns: Those of them that are not black.
  ///   - indices: Memory for `count` numbers.
  ///   - row: Memory for three bytes per pixel and one more.
  @inline(never)
  fileprivate func copyRow(
    _ map: AffineMap, _ count: Int, inside columns: Range<Int>,
    _ indices: UnsafeMutablePointer<Int32>, to row: UnsafeMutableRawPointer
  ) {
    func coordinate(_ fixed: Int) -> Int32 {
      Int32(truncatingIfNeeded: fixed &>> AffineMap.fractionalBits)
    }
    /// Negative if a number is not in 0 ..< `count`.
    func check(_ number: Int32, _ count: Int) -> Int32 {
      number | (Int32(truncatingIfNeeded: count &- 1) &- number)
    }
    let stride = Int32(truncatingIfNeeded: stride)
    for index in 0..<count {
      let x = coordinate(map.startX &+ index &* map.columnX)
      let y = coordinate(map.startY &+ index &* map.columnY)
      let column = Int32(truncatingIfNeeded: index &- columns.lowerBound)
      // All bits are set outside.
      let outside = (check(x, width) | check(y, height) | check(column, columns.count)) &>> 31
      indices[index] = (y &* stride &+ x) | outside
    }
    for index in 0..<count {
      (row + index &* 3).storeBytes(of: start[Int(indices[index])], as: UInt32.self)
    }
  }
}
