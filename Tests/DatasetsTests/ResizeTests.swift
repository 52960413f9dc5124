import Datasets
import TestSupport
import Testing

@Suite("Resizing")
struct ResizeTests {
  @Test("Resizing to any size gives the same bytes as Pillow")
  func resizesLikePillow() throws {
    for row in try Fixtures.table("resized.csv").rows {
      let size = ImageSize(
        width: try Fixtures.integer(row[1]), height: try Fixtures.integer(row[2]))
      let resized = try Fixtures.image(row[0]).warped(by: Warp(resizingTo: size))
      #expect(resized.sha256 == row[3], "\(row)")
    }
  }

  @Test("Resizing the short side gives the same result as torchvision")
  func resizesShortSideLikeTorchvision() throws {
    for row in try Fixtures.table("short_side.csv").rows {
      let whole = try Fixtures.image(row[0])
      let resized = whole.warped(
        by: Warp(resizing: whole.size, shortSide: try Fixtures.integer(row[1])))
      #expect("\(resized.width),\(resized.height)" == "\(row[2]),\(row[3])", "\(row)")
      #expect(resized.sha256 == row[4], "\(row)")
    }
  }

  @Test(
    "Resizing the short side scales the long side and rounds it down",
    arguments: [
      (500, 375, 256, 341, 256), (375, 500, 256, 256, 341), (224, 224, 146, 146, 146),
      (500, 333, 256, 384, 256), (256, 400, 256, 256, 400),
    ])
  func keepsProportion(width: Int, height: Int, side: Int, newWidth: Int, newHeight: Int) {
    let resized = ImageSize(width: width, height: height).resized(shortSide: side)
    #expect(resized == ImageSize(width: newWidth, height: newHeight))
  }

  @Test(
    "Resizing keeps a uniform image uniform and white pixels white",
    arguments: [UInt8(0), 1, 127, 254, 255])
  func keepsEvenSurfaces(value: UInt8) {
    let image = Image(
      size: ImageSize(width: 61, height: 43), pixels: [UInt8](repeating: value, count: 61 * 43 * 3))
    for side in [1, 7, 42, 44, 200] {
      let resized = image.warped(by: Warp(resizing: image.size, shortSide: side))
      #expect(resized.pixels.allSatisfy { $0 == value })
    }
  }
}
