import Models
import NeuralNetwork
import Support
import TestSupport
import Testing

extension Fixtures {
  /// All engines that compute convolutions.
  static let engines: [any ConvolutionEngine] = {
    do { return [DirectEngine(), try OpenBLASEngine()] } catch { fatalError("\(error)") }
  }()

  /// A whole file as one case.
  static func whole(_ name: String) throws -> FixtureCase {
    let file = try SafeTensors(contentsOf: path("\(name).safetensors"))
    return FixtureCase(name: "", tensors: file.tensors, metadata: file.metadata)
  }

  /// The cases of a file that have a certain field.
  static func cases(_ name: String, having field: String = "output_gradient") throws
    -> [FixtureCase]
  {
    let file = try whole(name)
    let suffix = ".\(field)"
    let names = file.tensors.keys.filter { $0.hasSuffix(suffix) }.sorted()
    #expect(!names.isEmpty, "\(name) has cases")
    return names.map { key in
      FixtureCase(
        name: "\(key.dropLast(suffix.count)).", tensors: file.tensors, metadata: file.metadata)
    }
  }
}

/// The tensors of one comparison.
struct FixtureCase {
  /// The prefix of the names of the case's tensors.
  let name: String
  let tensors: [String: SafeTensors.Entry]
  let metadata: [String: String]

  func entry(_ field: String) throws -> SafeTensors.Entry {
    try #require(tensors[name + field], "\(name)\(field)")
  }

  func floats(_ field: String) throws -> [Float] { try entry(field).elements() }

  func number(_ field: String) throws -> Double {
    let entry = try entry(field)
    if entry.type == .f64 { return try #require(entry.elements(as: Double.self).first) }
    return Double(try #require(entry.elements(as: Float.self).first))
  }

  func integers(_ field: String) throws -> [Int] {
    try entry(field).elements(as: Int64.self).map(Int.init)
  }

  /// Activations, converted from PyTorch's order (N, C, H, W) or (N, C) to (N, H, W, C).
  func activations(_ field: String) throws -> Tensor {
    let entry = try entry(field)
    let extents = entry.shape + [Int](repeating: 1, count: 4 - entry.shape.count)
    let shape = Shape(extents[0], extents[2], extents[3], extents[1])
    let elements = pixelMajor(entry.elements(as: Float.self), shape)
    return Tensor(shape: shape, elements: elements)
  }

  /// Checks a tensor of activations, see `expectParity(_:_:bound:)`.
  func expectParity(
    _ ours: Tensor, _ field: String, bound: Double, at location: SourceLocation = #_sourceLocation
  ) throws {
    let shape = try entry(field).shape
    let extents = shape + [Int](repeating: 1, count: 4 - shape.count)
    #expect(
      [ours.shape.count, ours.shape.channels, ours.shape.height, ours.shape.width] == extents,
      "\(name)\(field)", sourceLocation: location)
    try expectParity(
      channelMajor(ours.elements, ours.shape), field, bound: bound, at: location)
  }

  /// Checks numbers against PyTorch's in single and in double precision.
  ///
  /// The measure is ‖ours − theirs‖ / ‖theirs‖. Ours may be `bound` away from the double-precision
  /// result, or twice as far as PyTorch's own single-precision result is where that is farther.
  func expectParity(
    _ ours: [Float], _ field: String, bound: Double, at location: SourceLocation = #_sourceLocation
  ) throws {
    let ours = ours.map(Double.init)
    let theirs = try floats(field).map(Double.init)
    let exact = try entry("\(field).f64").elements(as: Double.self)
    let allowed = max(bound, 2 * distance(theirs, exact))
    #expect(
      distance(ours, exact) <= allowed, "\(name)\(field), from double precision",
      sourceLocation: location)
    #expect(
      distance(ours, theirs) <= 1.5 * allowed, "\(name)\(field), from single precision",
      sourceLocation: location)
  }

  /// Checks that activations are equal to PyTorch's, NaN to NaN.
  func expectEqual(
    _ ours: Tensor, _ field: String, at location: SourceLocation = #_sourceLocation
  ) throws {
    let theirs = try activations(field)
    #expect(ours.shape == theirs.shape, "\(name)\(field)", sourceLocation: location)
    #expect(
      zip(ours.elements, theirs.elements).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN },
      "\(name)\(field)", sourceLocation: location)
  }
}

/// ‖a − b‖ / ‖b‖, or ‖a − b‖ where b is 0; infinite where the sizes differ.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  guard a.count == b.count else { return .infinity }
  let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  let length = b.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return length > 0 ? difference / length : difference
}

/// Elements in the order (N, H, W, C), from (N, C, H, W).
func pixelMajor(_ elements: [Float], _ shape: Shape) -> [Float] {
  (0..<shape.elements).map { index in
    let (n, inImage) = index.quotientAndRemainder(dividingBy: shape.imageSize)
    let (pixel, channel) = inImage.quotientAndRemainder(dividingBy: shape.channels)
    return elements[n * shape.imageSize + channel * shape.pixels + pixel]
  }
}

/// Elements in the order (N, C, H, W), from (N, H, W, C).
func channelMajor(_ elements: [Float], _ shape: Shape) -> [Float] {
  (0..<shape.elements).map { index in
    let (n, inImage) = index.quotientAndRemainder(dividingBy: shape.imageSize)
    let (channel, pixel) = inImage.quotientAndRemainder(dividingBy: shape.pixels)
    return elements[n * shape.imageSize + pixel * shape.channels + channel]
  }
}

extension SqueezeNet.Configuration {
  /// A configuration that states everything a comparison varies.
  init(
    _ variant: SqueezeNet.Variant, _ bypass: SqueezeNet.Bypass, _ normalization: Normalization,
    classes: Int = 10
  ) {
    self.init(variant: variant)
    self.bypass = bypass
    self.normalization = normalization
    self.classes = classes
  }
}
