import Datasets
import Support
import TestSupport
import Testing

extension Fixtures {
  /// The folder of images and tables that `Tests/Fixtures/make_pixel_fixtures.py` makes with Pillow
  /// and torchvision.
  static let pixels = path("pixels")

  static func table(_ name: String) throws -> Table {
    try Table(parsing: try Files.readText("\(pixels)/\(name)"), name: name)
  }

  static func image(_ name: String) throws -> Image {
    try Image(contentsOf: "\(pixels)/\(name)")
  }

  static func integer(_ field: String) throws -> Int { try #require(Int(field)) }
  static func number(_ field: String) throws -> Double { try #require(Double(field)) }
}

extension Image {
  var sha256: String { SHA256.hash(pixels) }

  /// An image whose pixels are their own coordinates: (x, y, x + y).
  static func coordinates(width: Int, height: Int) -> Image {
    let pixels = (0..<height).flatMap { y in
      (0..<width).flatMap { x in [x, y, x + y].map { UInt8(truncatingIfNeeded: $0) } }
    }
    return Image(size: ImageSize(width: width, height: height), pixels: pixels)
  }
}
