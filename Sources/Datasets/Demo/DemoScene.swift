import Support

extension RandomStream {
  fileprivate mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  fileprivate mutating func color() -> DemoColor {
    DemoColor(uniform(0, 255), uniform(0, 255), uniform(0, 255))
  }

  /// Usually a color close to a given one, sometimes any color.
  fileprivate mutating func color(near usual: DemoColor) -> DemoColor {
    let color = color()
    return uniform() < 0.94 ? usual + (color - DemoColor(repeating: 128)) * 0.25 : color
  }
}

/// A texture of two colors: stripes, a checkerboard, or shades between the two.
private struct Texture {
  enum Pattern: CaseIterable { case shades, stripes, checks, clouds }

  let pattern: Pattern
  let first: DemoColor
  let second: DemoColor
  /// Cycles per pixel along the two axes of the pattern.
  let frequency: SIMD2<Double>
  let phase: Double
  /// Random heights at the corners of a grid, for `clouds`.
  let grid: [Double]

  static let gridSide = 8
  /// Pixels between the corners of the grid, which covers every image.
  static let gridSpacing = 16.0

  init(first: DemoColor, second: DemoColor, using stream: inout RandomStream) {
    self.first = first
    self.second = second
    pattern = Pattern.allCases[stream.index(below: Pattern.allCases.count)]
    let (sine, cosine) = Elementary.sineAndCosine(stream.uniform(0, 2 * .pi))
    frequency = SIMD2(cosine, sine) * stream.uniform(0.03, 0.12)
    phase = stream.uniform()
    grid = (0..<Self.gridSide * Self.gridSide).map { _ in stream.uniform() }
  }

  func color(_ x: Double, _ y: Double) -> DemoColor {
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

/// A shape placed in an image.
private struct Figure {
  let shape: DemoShape
  let texture: Texture
  let center: SIMD2<Double>
  /// The matrix from pixels to the shape's own coordinates, as two rows.
  let rows: (SIMD2<Double>, SIMD2<Double>)
  /// The distance from the center beyond which no pixel is covered.
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

  /// How many quarters of a pixel the shape covers.
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

/// One image of the demo data: a shape among clutter.
struct DemoScene {
  let size: ImageSize
  private let background: Texture
  /// The figures from back to front; the last but one is the shape.
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

  /// Draws the image, with noise.
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
            output[(y * size.width + x) * 3 + c] = UInt8(
              min(255, max(0, (color[c] + shift).rounded(.toNearestOrEven))))
          }
        }
      }
    }
  }
}
