import Datasets
import TestSupport
import Testing

@Suite("Crops and mirrors")
struct CropTests {
  @Test("Center crops equal torchvision's, even of images smaller than the crop")
  func centerCropsLikeTorchvision() throws {
    for row in try Fixtures.table("center_cropped.csv").rows {
      let cropped = try Fixtures.image(row[0]).centerCropped(side: try Fixtures.integer(row[1]))
      #expect(cropped.sha256 == row[2], "\(row)")
    }
  }

  @Test(
    "A center crop rounds half a pixel to the even coordinate",
    arguments: [(383, 80), (385, 80), (387, 82)])
  func roundsHalvesToEven(width: Int, left: Int) {
    let cropped = Image.coordinates(width: width, height: 224).centerCropped(side: 224)
    #expect(Int(cropped.pixels[0]) == left)
  }

  @Test("A crop starts at the given row and column")
  func cropsAtPlace() {
    let cropped = Image.coordinates(width: 9, height: 7).cropped(top: 2, left: 4, side: 2)
    #expect(cropped.pixels == [4, 2, 6, 5, 2, 7, 4, 3, 7, 5, 3, 8])
  }

  @Test(
    "The part of a crop outside the image is black",
    arguments: [(-1, -1), (6, 8), (20, 0), (0, -20)])
  func padsOutside(top: Int, left: Int) {
    let image = Image.coordinates(width: 9, height: 7)
    let cropped = image.cropped(top: top, left: left, side: 3)
    for y in 0..<3 {
      for x in 0..<3 {
        let (row, column) = (top + y, left + x)
        let isInside = (0..<7).contains(row) && (0..<9).contains(column)
        let expected = isInside ? [column, row, column + row] : [0, 0, 0]
        #expect(cropped.pixels[(y * 3 + x) * 3..<(y * 3 + x + 1) * 3].map(Int.init) == expected)
      }
    }
  }

  @Test("Mirroring reverses each row, and mirroring twice restores the image")
  func mirrors() {
    let image = Image.coordinates(width: 5, height: 3)
    #expect(image.mirrored().pixels.prefix(6) == [4, 0, 4, 3, 0, 3])
    #expect(image.mirrored().mirrored() == image)
  }
}
