import Support

extension Image {
  /// Rotates the image counter-clockwise about its center, with nearest-neighbor interpolation. The
  /// size stays; pixels outside the image are black.
  ///
  /// Source: Pillow `Image.rotate(degrees)`, byte for byte for sides below 32,768 pixels.
  package func rotated(degrees: Double) -> Image {
    precondition(degrees.isFinite, "an angle is a number")
    switch Rotation(degrees: degrees, size: size) {
    case .none: return self
    case .half: return mapped { x, y in (width - 1 - x, height - 1 - y) }
    case .quarter: return mapped { x, y in (width - 1 - y, x) }
    case .threeQuarters: return mapped { x, y in (y, height - 1 - x) }
    case .affine(let map): return sampled(map)
    }
  }

  /// The image of the same size whose pixel (x, y) is this one's pixel `source(x, y)`.
  private func mapped(_ source: (Int, Int) -> (Int, Int)) -> Image {
    Image(size: size) { output in
      for y in 0..<height {
        for x in 0..<width {
          let (sourceX, sourceY) = source(x, y)
          for c in 0..<3 {
            output[(y * width + x) * 3 + c] = pixels[(sourceY * width + sourceX) * 3 + c]
          }
        }
      }
    }
  }

  private func sampled(_ map: AffineMap) -> Image {
    Image(size: size) { output in
      pixels.withUnsafeBufferPointer { input in
        guard let source = input.baseAddress, let target = output.baseAddress else { return }
        for y in 0..<height {
          var sourceX = map.startX &+ y &* map.rowX
          var sourceY = map.startY &+ y &* map.rowY
          var next = target + y &* width &* 3
          for _ in 0..<width {
            let (column, row) = (sourceX &>> 16, sourceY &>> 16)
            // One comparison per coordinate: as an unsigned number a negative one is huge.
            if UInt(bitPattern: column) < UInt(bitPattern: width),
              UInt(bitPattern: row) < UInt(bitPattern: height)
            {
              let pixel = source + (row &* width &+ column) &* 3
              next[0] = pixel[0]
              next[1] = pixel[1]
              next[2] = pixel[2]
            } else {
              next[0] = 0
              next[1] = 0
              next[2] = 0
            }
            next += 3
            sourceX &+= map.columnX
            sourceY &+= map.columnY
          }
        }
      }
    }
  }
}

/// An affine map from the pixels of a rotated image to those of the original, with 16 fractional bits:
/// output (x, y) is the pixel at (startX + x · columnX + y · rowX, startY + x · columnY + y · rowY),
/// rounded down.
private struct AffineMap {
  let startX, startY, columnX, columnY, rowX, rowY: Int
}

/// The cases that Pillow distinguishes.
private enum Rotation {
  case none, quarter, half, threeQuarters
  case affine(AffineMap)

  init(degrees: Double, size: ImageSize) {
    // Like Python's %: from 0 to below 360, or 360 itself after rounding.
    var angle = degrees.truncatingRemainder(dividingBy: 360)
    if angle < 0 { angle += 360 }
    switch angle {
    case 0: self = .none
    case 180: self = .half
    case 90 where size.width == size.height: self = .quarter
    case 270 where size.width == size.height: self = .threeQuarters
    default: self = .affine(Self.map(angle: angle, size: size))
    }
  }

  private static func map(angle: Double, size: ImageSize) -> AffineMap {
    let (sine, cosine) = Elementary.sineAndCosine(-(angle * (.pi / 180)))
    let (sin, cos) = (rounded15(sine), rounded15(cosine))
    let (centerX, centerY) = (Double(size.width) / 2, Double(size.height) / 2)
    let offsetX = cos * -centerX + sin * -centerY + centerX
    let offsetY = -sin * -centerX + cos * -centerY + centerY
    func fixed(_ value: Double) -> Int { Int((value * 65536 + 0.5).rounded(.down)) }
    return AffineMap(
      startX: fixed(offsetX + cos * 0.5 + sin * 0.5),
      startY: fixed(offsetY + -sin * 0.5 + cos * 0.5),
      columnX: fixed(cos), columnY: fixed(-sin), rowX: fixed(sin), rowY: fixed(cos))
  }

  /// Rounds a number from -1 to 1 to 15 decimals, halves to even, like Python's `round(value, 15)`.
  private static func rounded15(_ value: Double) -> Double {
    let scaled = value * 1e15
    // Close to a half, the rounding error of the product decides.
    let error = (-scaled).addingProduct(value, 1e15)
    var integer = scaled.rounded(.toNearestOrEven)
    let rest = (scaled - integer) + error
    if rest > 0.5 { integer += 1 }
    if rest < -0.5 { integer -= 1 }
    return integer / 1e15
  }
}
