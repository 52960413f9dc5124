import Support

/// The shapes of the demo data.
enum DemoShape: Int, CaseIterable {
  case bars, corner, crescent, cross, disc, halfDisc, ring, square, star, triangle

  /// The color that most figures of the shape come close to. As golf balls are mostly white and
  /// lie on grass, color tells something about the class, and not all.
  fileprivate var usualColor: Color { Self.hue(3 * rawValue + 1) }

  /// The color that most surroundings of the shape come close to.
  fileprivate var usualGround: Color { Self.hue(rawValue) }

  /// One of ten evenly spaced hues.
  private static func hue(_ index: Int) -> Color {
    let angle = 2 * .pi * Double(index) / Double(allCases.count)
    let channels = (0..<3).map { channel in
      128 + 110 * Elementary.sineAndCosine(angle - 2 * .pi * Double(channel) / 3).cosine
    }
    return Color(channels[0], channels[1], channels[2])
  }

  /// All shapes lie within this distance of their origin.
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
      // A pentagram's points are outside of at most one side of its inner pentagon.
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
private typealias Color = SIMD3<Double>

/// The scalar product, summed in this order.
private func dot(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> Double {
  a.x * b.x + a.y * b.y
}

extension RandomStream {
  fileprivate mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  fileprivate mutating func color() -> Color {
    Color(uniform(0, 255), uniform(0, 255), uniform(0, 255))
  }

  /// Mostly a color close to a usual one, sometimes any.
  fileprivate mutating func color(near usual: Color) -> Color {
    let color = color()
    return uniform() < 0.94 ? usual + (color - Color(repeating: 128)) * 0.25 : color
  }
}

/// A surface of two colors in stripes, in a checkerboard, or shaded from one to the other.
private struct Texture {
  enum Pattern: CaseIterable { case shades, stripes, checks, clouds }

  let pattern: Pattern
  let first: Color
  let second: Color
  /// Cycles a pixel along the two axes of the pattern.
  let frequency: SIMD2<Double>
  let phase: Double
  /// Random heights at the corners of a grid, for `clouds`.
  let grid: [Double]

  static let gridSide = 8
  /// Pixels between the grid's corners; the grid covers every image.
  static let gridSpacing = 16.0

  init(first: Color, second: Color, using stream: inout RandomStream) {
    self.first = first
    self.second = second
    pattern = Pattern.allCases[stream.index(below: Pattern.allCases.count)]
    let (sine, cosine) = Elementary.sineAndCosine(stream.uniform(0, 2 * .pi))
    frequency = SIMD2(cosine, sine) * stream.uniform(0.03, 0.12)
    phase = stream.uniform()
    grid = (0..<Self.gridSide * Self.gridSide).map { _ in stream.uniform() }
  }

  func color(_ x: Double, _ y: Double) -> Color {
    let along = x * frequency.x + y * frequency.y + phase
    let across = x * frequency.y - y * frequency.x + phase
    let weight: Double
    switch pattern {
    case .shades: weight = Self.wave(along * 0.2)
    case .stripes: weight = Self.wave(along) < 0.5 ? 0 : 1
    case .checks: weight = (Self.wave(along) < 0.5) == (Self.wave(across) < 0.5) ? 0 : 1
    case .clouds: weight = height(x, y)
    }
    return first + (second - first) * weight
  }

  /// A triangle wave of period 1 between 0 and 1.
  private static func wave(_ t: Double) -> Double {
    abs(2 * (t - t.rounded(.down)) - 1)
  }

  private func height(_ x: Double, _ y: Double) -> Double {
    let (column, row) = (x / Self.gridSpacing, y / Self.gridSpacing)
    let (left, top) = (Int(column), Int(row))
    let (s, t) = (column - Double(left), row - Double(top))
    let corner = top * Self.gridSide + left
    let above = grid[corner] + (grid[corner + 1] - grid[corner]) * s
    let below =
      grid[corner + Self.gridSide]
      + (grid[corner + Self.gridSide + 1] - grid[corner + Self.gridSide]) * s
    return above + (below - above) * t
  }
}

/// A shape at a place in an image.
private struct Figure {
  let shape: DemoShape
  let texture: Texture
  let center: SIMD2<Double>
  /// The map from pixels to the shape's own coordinates: two rows.
  let rows: (SIMD2<Double>, SIMD2<Double>)
  /// No pixel farther from the center than this is covered.
  let reach: Double

  init(
    _ shape: DemoShape, radius: Double, center: SIMD2<Double>, texture: Texture,
    using stream: inout RandomStream
  ) {
    self.shape = shape
    self.texture = texture
    self.center = center
    let (sine, cosine) = Elementary.sineAndCosine(stream.uniform(-0.6, 0.6))
    let stretch = stream.uniform(0.85, 1.15)
    rows = (
      SIMD2(cosine, sine) / (radius * stretch), SIMD2(-sine, cosine) * stretch / radius
    )
    reach = radius * max(stretch, 1 / stretch) * DemoShape.reach + 1
  }

  /// How much of a pixel the shape covers, in quarters.
  func coverage(_ x: Int, _ y: Int) -> Int {
    let offset = SIMD2(Double(x), Double(y)) - center
    if dot(offset, offset) > reach * reach { return 0 }
    var count = 0
    for (offsetX, offsetY) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
      let point = offset + SIMD2(offsetX, offsetY)
      if shape.contains(dot(rows.0, point), dot(rows.1, point)) { count += 1 }
    }
    return count
  }
}

/// One picture of the demo data: a shape among clutter.
struct DemoScene {
  let size: ImageSize
  private let background: Texture
  /// From back to front; the last but one is the shape.
  private let figures: [Figure]

  init(shape: DemoShape, using stream: inout RandomStream) {
    let isWide = stream.index(below: 2) == 0
    let size = isWide ? ImageSize(width: 96, height: 80) : ImageSize(width: 80, height: 96)
    let ground = stream.color(near: shape.usualGround)
    let second = ground + (stream.color() - ground) * 0.3
    let background = Texture(first: ground, second: second, using: &stream)
    let color = stream.color(near: shape.usualColor)
    let texture = Texture(
      first: color, second: color + (stream.color() - color) * 0.3, using: &stream)

    let extent = SIMD2(Double(size.width), Double(size.height))
    func place(margin: Double) -> SIMD2<Double> {
      SIMD2(
        stream.uniform(margin, extent.x - margin), stream.uniform(margin, extent.y - margin))
    }
    func clutter() -> Figure {
      let other = DemoShape.allCases[stream.index(below: DemoShape.allCases.count)]
      let color = stream.color()
      return Figure(
        other, radius: stream.uniform(3, 8), center: place(margin: 0),
        texture: Texture(first: color, second: color, using: &stream), using: &stream)
    }
    var figures = (0..<stream.index(below: 4)).map { _ in clutter() }
    figures.append(
      Figure(
        shape, radius: stream.uniform(20, 32), center: place(margin: 32), texture: texture,
        using: &stream))
    figures.append(clutter())
    self.size = size
    self.background = background
    self.figures = figures
  }

  /// Pictures are pale, as in fog: without normalization a network's first activations grow with
  /// the contrast, and small inputs do not let its last ReLU fall silent in the first steps.
  private static let contrast = 0.15

  /// The gray that all pictures fade to: the mean that normalization subtracts.
  private static let gray = Color(118, 117, 110)

  /// The picture with noise.
  func draw(using stream: inout RandomStream) -> Image {
    Image(size: size) { output in
      for y in 0..<size.height {
        for x in 0..<size.width {
          var color = background.color(Double(x), Double(y))
          for figure in figures {
            let coverage = figure.coverage(x, y)
            if coverage == 0 { continue }
            let own = figure.texture.color(Double(x), Double(y))
            color += (own - color) * (Double(coverage) * 0.25)
          }
          let noise = stream.nextUInt32()
          for c in 0..<3 {
            let shift = Double(noise >> UInt32(8 * c) & 0xFF) * (6.0 / 255) - 3
            let pale = Self.gray[c] + (color[c] - 128) * Self.contrast + shift
            output[(y * size.width + x) * 3 + c] = UInt8(
              min(255, max(0, pale.rounded(.toNearestOrEven))))
          }
        }
      }
    }
  }
}
