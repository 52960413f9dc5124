import Datasets
import Testing

@Suite("Contact sheet")
struct ContactSheetTests {
  private func square(_ side: Int, gray: UInt8) -> Image {
    Image(
      size: ImageSize(width: side, height: side),
      pixels: [UInt8](repeating: gray, count: side * side * 3))
  }

  /// The first channel, one string of numbers per row.
  private func rows(_ image: Image) -> [[UInt8]] {
    (0..<image.height).map { y in
      (0..<image.width).map { image.pixels[(y * image.width + $0) * 3] }
    }
  }

  @Test("A contact sheet arranges images in rows and fills gaps and short rows with white")
  func layout() {
    let sheet = Image(
      contactSheet: [[square(2, gray: 1), square(2, gray: 2)], [square(2, gray: 3)]], side: 9,
      gap: 1)
    #expect(
      rows(sheet) == [
        [1, 1, 255, 2, 2], [1, 1, 255, 2, 2], [255, 255, 255, 255, 255], [3, 3, 255, 255, 255],
        [3, 3, 255, 255, 255],
      ])
  }

  @Test("A contact sheet shrinks images that exceed the requested size")
  func shrinking() {
    let sheet = Image(contactSheet: [[square(8, gray: 7)], [square(8, gray: 9)]], side: 1, gap: 0)
    #expect(rows(sheet) == [[7], [9]])
  }
}
