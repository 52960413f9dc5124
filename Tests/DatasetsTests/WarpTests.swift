import Datasets
import Support
import TestSupport
import Testing

@Suite("Geometric transforms")
struct WarpTests {
  // MARK: - All together

  @Test("A warp shows what resizing, rotating, cropping and flipping one after the other give")
  func equalsSteps() {
    var stream = RandomStream(seed: 7, purpose: .demoImages)
    func size(upTo limit: Int) -> ImageSize {
      ImageSize(width: 1 + stream.index(below: limit), height: 1 + stream.index(below: limit))
    }
    for number in 0..<400 {
      let image = Image.noise(size(upTo: 70), &stream)
      let target = size(upTo: 90)
      // Few degrees, as in training; any angle; a multiple of 90.
      let degrees = [
        20 * stream.uniform() - 10, 720 * stream.uniform() - 360,
        Double(90 * stream.index(below: 4)),
      ][number % 3]
      let side = 1 + stream.index(below: 60)
      // Possibly outside the image, even entirely.
      let top = stream.index(below: target.height + 2 * side) - 2 * side
      let left = stream.index(below: target.width + 2 * side) - 2 * side
      let isMirrored = number % 2 == 0

      let whole = Warp(resizingTo: target).rotated(degrees: degrees)
      let cropped = whole.cropped(top: top, left: left, side: side)
      let rotated = image.plainlyResized(to: target)
        .warped(by: Warp(resizingTo: target).rotated(degrees: degrees))
      #expect(image.warped(by: whole) == rotated, "\(number)")
      let expected = rotated.plainlyCropped(top: top, left: left, side: side)
      #expect(
        image.warped(by: isMirrored ? cropped.mirrored() : cropped)
          == (isMirrored ? expected.plainlyMirrored() : expected), "\(number)")
    }
  }

  // MARK: - Rotation

  @Test("Rotating by any angle gives the same bytes as Pillow")
  func rotatesLikePillow() throws {
    for row in try Fixtures.table("rotated.csv").rows {
      let rotated = try Fixtures.image(row[0]).rotated(try Fixtures.number(row[1]))
      #expect(rotated.sha256 == row[2], "\(row)")
    }
  }

  @Test("Rotating by 90° turns the image counterclockwise")
  func turnsCounterClockwise() {
    let image = Image.coordinates(width: 2, height: 2)
    let rotated = image.rotated(90)
    // The right column becomes the top row.
    #expect(Array(rotated.pixels[..<6]) == [1, 0, 1, 1, 1, 2])
  }

  @Test("Rotation fills pixels from outside the image with black")
  func fillsWithBlack() {
    let image = Image(
      size: ImageSize(width: 8, height: 8), pixels: [UInt8](repeating: 9, count: 192))
    let rotated = image.rotated(45)
    #expect(rotated.pixels.prefix(3) == [0, 0, 0])
    #expect(Set(rotated.pixels) == [0, 9])
  }

  // MARK: - Crops and flips

  @Test("Center crops equal torchvision's, even of images smaller than the crop")
  func centerCropsLikeTorchvision() throws {
    for row in try Fixtures.table("center_cropped.csv").rows {
      let side = try Fixtures.integer(row[1])
      let cropped = try Fixtures.image(row[0]).warped { $0.centerCropped(side: side) }
      #expect(cropped.sha256 == row[2], "\(row)")
    }
  }

  @Test(
    "A center crop rounds half a pixel to the even coordinate",
    arguments: [(383, 80), (385, 80), (387, 82)])
  func roundsHalvesToEven(width: Int, left: Int) {
    let cropped = Image.coordinates(width: width, height: 224)
      .warped { $0.centerCropped(side: 224) }
    #expect(Int(cropped.pixels[0]) == left)
  }

  @Test("A crop starts at the given row and column")
  func cropsAtPlace() {
    let cropped = Image.coordinates(width: 9, height: 7)
      .warped { $0.cropped(top: 2, left: 4, side: 2) }
    #expect(cropped.pixels == [4, 2, 6, 5, 2, 7, 4, 3, 7, 5, 3, 8])
  }

  @Test(
    "The part of a crop outside the image is black",
    arguments: [(-1, -1), (6, 8), (20, 0), (0, -20)])
  func padsOutside(top: Int, left: Int) {
    let image = Image.coordinates(width: 9, height: 7)
    let cropped = image.warped { $0.cropped(top: top, left: left, side: 3) }
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
    #expect(image.warped { $0.mirrored() }.pixels.prefix(6) == [4, 0, 4, 3, 0, 3])
    #expect(image.warped { $0.mirrored().mirrored() } == image)
  }
}

extension Image {
  /// Transforms the image without resizing it.
  fileprivate func warped(_ change: (Warp) -> Warp) -> Image {
    warped(by: change(Warp(resizingTo: size)))
  }

  fileprivate func rotated(_ degrees: Double) -> Image { warped { $0.rotated(degrees: degrees) } }
}
