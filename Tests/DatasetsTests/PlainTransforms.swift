import Datasets
import Support

// Transforms by definition, one number after the other, to compare those of the project with.
extension Image {
  /// Random pixels, a third of them black or white.
  static func noise(_ size: ImageSize, _ stream: inout RandomStream) -> Image {
    let pixels = (0..<size.width * size.height * 3).map { _ in
      UInt8(clamping: stream.index(below: 384) - 64)
    }
    return Image(size: size, pixels: pixels)
  }

  private func byte(_ x: Int, _ y: Int, _ channel: Int) -> UInt8 {
    pixels[(y * width + x) * 3 + channel]
  }

  /// The image whose bytes are given by column, row and channel.
  private init(_ size: ImageSize, _ byte: (Int, Int, Int) -> UInt8) {
    let pixels = (0..<size.height).flatMap { y in
      (0..<size.width).flatMap { x in (0..<3).map { byte(x, y, $0) } }
    }
    self.init(size: size, pixels: pixels)
  }

  /// Rows, then columns.
  func plainlyResized(to target: ImageSize) -> Image {
    let columns = Filter.filters(from: width, to: target.width)
    let rows = Filter.filters(from: height, to: target.height)
    let narrow = Image(ImageSize(width: target.width, height: height)) { x, y, channel in
      columns[x].sum { byte($0, y, channel) }
    }
    return Image(target) { x, y, channel in rows[y].sum { narrow.byte(x, $0, channel) } }
  }

  func plainlyCropped(top: Int, left: Int, side: Int) -> Image {
    Image(ImageSize(width: side, height: side)) { x, y, channel in
      let isInside = (0..<width).contains(left + x) && (0..<height).contains(top + y)
      return isInside ? byte(left + x, top + y, channel) : 0
    }
  }

  func plainlyMirrored() -> Image {
    Image(size) { x, y, channel in byte(width - 1 - x, y, channel) }
  }
}

/// The weights of the inputs that an output is made from, with 22 fractional bits.
private struct Filter {
  let inputs: Range<Int>
  let weights: [Int]

  static func filters(from inputs: Int, to outputs: Int) -> [Filter] {
    let scale = Double(inputs) / Double(outputs)
    let support = max(1, scale)
    return (0..<outputs).map { output in
      let center = (Double(output) + 0.5) * scale
      let range = max(0, Int(center - support + 0.5))..<min(inputs, Int(center + support + 0.5))
      let triangle = range.map { max(0, 1 - abs((Double($0) - center + 0.5) * (1 / support))) }
      let sum = triangle.reduce(0, +)
      return Filter(inputs: range, weights: triangle.map { Int($0 / sum * 4_194_304 + 0.5) })
    }
  }

  func sum(_ byte: (Int) -> UInt8) -> UInt8 {
    let sum = zip(inputs, weights).map { Int(byte($0)) * $1 }.reduce(0, +)
    return UInt8(clamping: (sum + 2_097_152) >> 22)
  }
}
