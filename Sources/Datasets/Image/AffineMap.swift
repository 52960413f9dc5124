import Support

/// An affine map from the pixels of one image to those of another, with 16 fractional bits: pixel
/// (x, y) goes to (startX + x · columnX + y · rowX, startY + x · columnY + y · rowY), rounded down.
struct AffineMap: Equatable, Sendable {
  static let fractionalBits = 16
  private static let one = 1 << fractionalBits

  private(set) var startX, startY, columnX, columnY, rowX, rowY: Int

  /// The map from each pixel to itself.
  static let identity = AffineMap(
    startX: 0, startY: 0, columnX: one, columnY: 0, rowX: 0, rowY: one)

  /// The map whose first pixel is pixel (x, y) of this one.
  func starting(x: Int, y: Int) -> AffineMap {
    var map = self
    map.startX += x * columnX + y * rowX
    map.startY += x * columnY + y * rowY
    return map
  }

  /// The map to an image whose first pixel is pixel (x, y).
  func relative(to x: Int, _ y: Int) -> AffineMap {
    var map = self
    map.startX -= x * Self.one
    map.startY -= y * Self.one
    return map
  }

  /// The map with the `width` pixels of each row in reverse order.
  func mirrored(width: Int) -> AffineMap {
    var map = starting(x: width - 1, y: 0)
    map.columnX = -columnX
    map.columnY = -columnY
    return map
  }

  /// The smallest rectangle around everything that the pixels of an image of a given size go to.
  func bounds(of size: ImageSize) -> (columns: ClosedRange<Int>, rows: ClosedRange<Int>) {
    func range(_ start: Int, _ column: Int, _ row: Int) -> ClosedRange<Int> {
      // The extremes are at corners.
      let (width, height) = (column * (size.width - 1), row * (size.height - 1))
      let first = (start + min(0, width) + min(0, height)) >> Self.fractionalBits
      let last = (start + max(0, width) + max(0, height)) >> Self.fractionalBits
      return first...last
    }
    return (range(startX, columnX, rowX), range(startY, columnY, rowY))
  }
}

// MARK: - Rotation

extension AffineMap {
  /// The map from an image that is rotated counter-clockwise about its center to the original.
  ///
  /// Source: Pillow `Image.rotate(degrees)`.
  init(rotation degrees: Double, of size: ImageSize) {
    precondition(degrees.isFinite, "an angle is a number")
    // Like Python's %: from 0 to below 360, or 360 itself after rounding.
    var angle = degrees.truncatingRemainder(dividingBy: 360)
    if angle < 0 { angle += 360 }
    let (right, bottom) = ((size.width - 1) * Self.one, (size.height - 1) * Self.one)
    switch angle {
    case 0:
      self = .identity
    case 180:
      self.init(
        startX: right, startY: bottom, columnX: -Self.one, columnY: 0, rowX: 0, rowY: -Self.one)
    case 90 where size.width == size.height:
      self.init(startX: right, startY: 0, columnX: 0, columnY: Self.one, rowX: -Self.one, rowY: 0)
    case 270 where size.width == size.height:
      self.init(startX: 0, startY: bottom, columnX: 0, columnY: -Self.one, rowX: Self.one, rowY: 0)
    default:
      self.init(angle: angle, size: size)
    }
  }

  private init(angle: Double, size: ImageSize) {
    let (sine, cosine) = Elementary.sineAndCosine(-(angle * (.pi / 180)))
    let (sin, cos) = (Self.rounded15(sine), Self.rounded15(cosine))
    let (centerX, centerY) = (Double(size.width) / 2, Double(size.height) / 2)
    let offsetX = cos * -centerX + sin * -centerY + centerX
    let offsetY = -sin * -centerX + cos * -centerY + centerY
    func fixed(_ value: Double) -> Int { Int((value * Double(Self.one) + 0.5).rounded(.down)) }
    self.init(
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
