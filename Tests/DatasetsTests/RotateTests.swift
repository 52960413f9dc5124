import Datasets
import TestSupport
import Testing

@Suite("Rotation")
struct RotateTests {
  @Test("Rotating by any angle gives the same bytes as Pillow")
  func rotatesLikePillow() throws {
    for row in try Fixtures.table("rotated.csv").rows {
      let rotated = try Fixtures.image(row[0]).rotated(degrees: try Fixtures.number(row[1]))
      #expect(rotated.sha256 == row[2], "\(row)")
    }
  }

  @Test("Rotating by 90° turns the image counterclockwise")
  func turnsCounterClockwise() {
    let image = Image.coordinates(width: 2, height: 2)
    let rotated = image.rotated(degrees: 90)
    // The right column becomes the top row.
    #expect(Array(rotated.pixels[..<6]) == [1, 0, 1, 1, 1, 2])
  }

  @Test("Rotation fills pixels from outside the image with black")
  func fillsWithBlack() {
    let image = Image(
      size: ImageSize(width: 8, height: 8), pixels: [UInt8](repeating: 9, count: 192))
    let rotated = image.rotated(degrees: 45)
    #expect(rotated.pixels.prefix(3) == [0, 0, 0])
    #expect(Set(rotated.pixels) == [0, 9])
  }
}
