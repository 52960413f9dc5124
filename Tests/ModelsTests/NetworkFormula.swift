import NeuralNetwork
import Testing

/// The weights and images that `Tests/Fixtures/README.md` defines by formula.
struct NetworkFormula {
  private let numbers: [String: Double]

  /// - Parameter metadata: A fixture's metadata, which hold the formula's constants.
  init(metadata: [String: String]) {
    numbers = metadata.compactMapValues(Double.init)
  }

  private func number(_ name: String) throws -> Double { try #require(numbers[name], "\(name)") }

  /// The elements of the parameter or statistic called `name`.
  func elements(_ name: String, shape: [Int]) throws -> [Float] {
    let transform: (Double) -> Double
    if shape.count == 4 {
      let kind =
        name.hasPrefix("classifier")
        ? "classifier_width"
        : name.contains(".expand") || name.contains(".bypass") ? "expand_width" : "width"
      let fanIn = shape.dropFirst().reduce(1, *)
      let width = (try number(kind) / Double(fanIn)).squareRoot()
      transform = { $0 * width }
    } else if name.hasPrefix("classifier") {
      let bias = try number("classifier_bias")
      transform = { bias + 0.25 * $0 }
    } else if name.hasSuffix("norm.weight") {
      let weight = try number("norm_weight")
      transform = { weight * (1 + 0.5 * $0) }
    } else if name.hasSuffix("norm.bias") {
      let bias = try number("norm_bias")
      transform = { bias * $0 }
    } else if name.hasSuffix("running_var") {
      transform = { 1 + 0.5 * $0 }
    } else {
      transform = { 0.25 * $0 }
    }
    return Self.uniform(name, count: shape.reduce(1, *)).map { Float(transform($0)) }
  }

  /// Images of shape (N, H, W, 3) and their labels, `first`, `first` + 1, … modulo 10.
  static func batch(
    _ name: String, first: Int, count: Int, height: Int, width: Int
  ) -> (images: Tensor, labels: [Int]) {
    let shape = Shape(count, height, width, 3)
    let labels = (0..<count).map { (first + $0) % 10 }
    let noise = uniform("\(name).images", count: shape.elements)
    let patterns = labels.map { uniform("pattern.\($0)", count: 3 * 8 * 8) }
    let elements = (0..<shape.elements).map { index in
      let (n, inImage) = index.quotientAndRemainder(dividingBy: shape.imageSize)
      let (channel, pixel) = inImage.quotientAndRemainder(dividingBy: shape.pixels)
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      let cell = (channel * 8 + y * 8 / height) * 8 + x * 8 / width
      return Float(2 * noise[index] + 4 * patterns[n][cell])
    }
    return (Tensor(shape: shape, elements: pixelMajor(elements, shape)), labels)
  }

  /// Numbers in −½ ..< ½ from a hash of a name and their index.
  static func uniform(_ name: String, count: Int) -> [Double] {
    let seed = name.utf8.reduce(0x811C_9DC5 as UInt32) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    return (0..<count).map { index in
      var x = UInt32(truncatingIfNeeded: index) &* 0x9E37_79B1 ^ seed
      x = (x ^ x >> 16) &* 0x7FEB_352D
      x = (x ^ x >> 15) &* 0x846C_A68B
      return Double(x ^ x >> 16) * 0x1p-32 - 0.5
    }
  }
}
