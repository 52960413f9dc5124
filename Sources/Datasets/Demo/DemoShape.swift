import Support

/// The shapes of the demo data.
enum DemoShape: Int, CaseIterable {
  case bars, corner, crescent, cross, disc, halfDisc, ring, square, star, triangle

  /// The color that most figures of the shape are close to. As with golf balls, which are mostly white
  /// and lie on grass, color says something about the class, but not everything.
  var usualColor: DemoColor { Self.hue(3 * rawValue + 1) }

  /// The color that most backgrounds of the shape are close to.
  var usualGround: DemoColor { Self.hue(rawValue) }

  /// One of ten evenly spaced hues.
  private static func hue(_ index: Int) -> DemoColor {
    let angle = 2 * .pi * Double(index) / Double(allCases.count)
    let channels = (0..<3).map { channel in
      128 + 110 * Elementary.sineAndCosine(angle - 2 * .pi * Double(channel) / 3).cosine
    }
    return DemoColor(channels[0], channels[1], channels[2])
  }

  /// The distance from the origin that all shapes stay within.
  static let reach = 1.25

  var name: String { self == .halfDisc ? "half disc" : "\(self)" }

  /// Whether a point belongs to the shape.
  func contains(_ x: Double, _ y: Double) -> Bool {
    switch self {
    case .bars:
      return abs(x) < 0.85 && abs(y) < 0.85 && (abs(y) < 0.2 || abs(y) > 0.5)
    case .corner:
      return max(abs(x), abs(y)) < 0.8 && (x < -0.2 || y < -0.2)
    case .crescent:
      return x * x + y * y < 1 && (x - 0.45) * (x - 0.45) + y * y > 0.6
    case .cross:
      return max(abs(x), abs(y)) < 0.95 && min(abs(x), abs(y)) < 0.28
    case .disc:
      return x * x + y * y < 0.75
    case .halfDisc:
      return x * x + (y + 0.4) * (y + 0.4) < 1 && y > -0.4
    case .ring:
      let square = x * x + y * y
      return square < 0.9 && square > 0.33
    case .square:
      return max(abs(x), abs(y)) < 0.75
    case .star:
      // The points of a pentagram are outside at most one side of its inner pentagon.
      let outside = Self.pentagon.count { dot(SIMD2(x, y), $0) > 0.34 }
      return outside <= 1
    case .triangle:
      return Self.trigon.allSatisfy { dot(SIMD2(x, y), $0) < 0.5 }
    }
  }

  private static let pentagon = directions(5)
  private static let trigon = directions(3)

  /// Unit vectors at equal angles.
  private static func directions(_ count: Int) -> [SIMD2<Double>] {
    (0..<count).map {
      let (sine, cosine) = Elementary.sineAndCosine(2 * .pi * Double($0) / Double(count))
      return SIMD2(cosine, sine)
    }
  }
}

/// A color, each channel 0 ... 255.
typealias DemoColor = SIMD3<Double>

/// The dot product, summed in this order.
func dot(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
  a.x * b.x + a.y * b.y
}
