import Datasets
import Foundation
import Support
import Testing

/// Files made by Pillow and torchvision; `Tests/Fixtures/make_pixel_fixtures.py` makes them.
enum Fixtures {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/pixels").path

  static func table(_ name: String) throws -> Table {
    try Table(parsing: try Files.readText("\(folder)/\(name)"), name: name)
  }

  static func image(_ name: String) throws -> Image {
    try Image(contentsOf: "\(folder)/\(name)")
  }

  static func integer(_ field: String) throws -> Int { try #require(Int(field)) }
  static func number(_ field: String) throws -> Double { try #require(Double(field)) }
}

extension Image {
  var sha256: String { SHA256.hash(pixels) }

  /// Pixels that tell where they are: (x, y, x + y).
  static func coordinates(width: Int, height: Int) -> Image {
    let pixels = (0..<height).flatMap { y in
      (0..<width).flatMap { x in [x, y, x + y].map { UInt8(truncatingIfNeeded: $0) } }
    }
    return Image(size: ImageSize(width: width, height: height), pixels: pixels)
  }
}

/// A folder that is gone when the body returns.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  try Files.createFolder(path)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// Writes a data set of two classes, `training` and `validation` images a class, all different.
func writeSmallDataset(to path: String, training: Int = 5, validation: Int = 3) throws {
  var value = 0
  for (split, count) in [(Split.training, training), (.validation, validation)] {
    for name in ["cat", "ant"] {
      let folder = "\(path)/\(split.folder)/\(name)"
      try Files.createFolder(folder)
      for index in 0..<count {
        let size = ImageSize(width: 20 + value % 3, height: 18)
        let pixels = (0..<size.width * size.height * 3).map {
          UInt8(truncatingIfNeeded: $0 + 7 * value)
        }
        let image = Image(size: size, pixels: pixels)
        try Files.write(try image.jpeg(quality: 90), to: "\(folder)/\(name)_\(index).JPEG")
        value += 1
      }
    }
  }
}
