import Support
import TestSupport

/// A damaged JPEG file, made by the rules of `Tests/Fixtures/make_damage_fixtures.py`.
struct Mutation {
  /// The file in `Tests/Fixtures/pixels` that it is made from.
  let name: String
  /// Its bytes.
  let file: [UInt8]

  private static let files = [
    "16x16.jpeg", "17x33.jpeg", "1x23.jpeg", "420.jpeg", "422.jpeg", "444.jpeg", "arithmetic.jpeg",
    "cmyk.jpeg", "gray.jpeg", "large.jpeg", "optimized.jpeg", "progressive.jpeg", "restarts.jpeg",
    "rgb.jpeg", "ycck.jpeg",
  ]

  init(number: Int) throws {
    var words = Words("mutation.\(number)")
    name = Self.files[words.below(Self.files.count)]
    var file = try Files.read("\(Fixtures.pixels)/\(name)")
    let kind = words.below(4)
    switch kind {
    case 0:
      for _ in 0...words.below(8) {
        let place = words.below(file.count)
        file[place] ^= 1 << UInt8(words.below(8))
      }
    case 1:
      for _ in 0...words.below(3) {
        let place = words.below(min(file.count, 640))
        file[place] = UInt8(words.below(256))
      }
    default:
      let place = words.below(file.count)
      let count = 1 + words.below(100)
      if kind == 2 {
        file.removeSubrange(place..<min(place + count, file.count))
      } else {
        file.insert(contentsOf: (0..<count).map { _ in UInt8(words.below(256)) }, at: place)
      }
    }
    self.file = file
  }
}

/// The pseudorandom words of a name, as the README of the fixtures defines them.
private struct Words {
  private let hash: UInt32
  private var index: UInt32 = 0

  init(_ name: String) {
    hash = name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  mutating func below(_ count: Int) -> Int {
    var x = index &* 0x9E37_79B1 ^ hash
    x = (x ^ x >> 16) &* 0x7FEB_352D
    x = (x ^ x >> 15) &* 0x846C_A68B
    index += 1
    return Int(x ^ x >> 16) % count
  }
}
