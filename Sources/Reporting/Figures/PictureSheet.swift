import Datasets
import Foundation
import Support
import Training

/// A contact sheet from a run's folder with words beside its rows or below its images. The words are text
/// of the SVG: they need no font here, and stay sharp.
struct PictureSheet: Sendable {
  /// What is written on it.
  enum Words: Sendable {
    /// The name of each row, from the top.
    case rows([String])
    /// The lines below each image, row by row.
    case images([[String]])
  }

  /// The JPEG, relative to the package's root.
  let path: String
  /// The height and width of its images in pixels.
  let side: Int
  let words: Words

  /// Pixels between text and image.
  private static let space = 8
  private static let (textSize, lineHeight) = (12, 15)
  /// No word takes more room than this many characters.
  private static let longest = 24

  /// The room in pixels for text of so many characters, on the safe side for the usual fonts.
  private static func width(of words: [String]) -> Int {
    (words.map(\.count).max() ?? 0) * textSize * 11 / 18
  }

  /// Reads the JPEG, which becomes a part of the SVG, and adds the words.
  ///
  /// - Throws: `Failure` with code 66 where the JPEG is missing, 65 where it is damaged or of another size.
  func svg(root: String) throws -> SVG {
    let jpeg = try Files.read("\(root)/\(path)")
    let size = try Image.size(jpeg: jpeg, path: path)
    let data = "data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())"
    func image(x: Int) -> String {
      "<image id=\"sheet\" x=\"\(x)\" width=\"\(size.width)\" height=\"\(size.height)\" "
        + "href=\"\(data)\"/>"
    }
    let pitch = side + Pictures.gap
    let columns = (size.width + Pictures.gap) / pitch
    guard columns > 0, [size.width, size.height].allSatisfy({ ($0 + Pictures.gap) % pitch == 0 })
    else {
      throw Failure(
        .corrupt,
        "\(path): expected images of \(side) pixels, \(Pictures.gap) apart, got a picture of \(size)"
      )
    }
    switch words {
    case .rows(let names):
      let names = names.map { $0.shortened(to: Self.longest) }
      let left = Self.width(of: names) + Self.space
      let texts = names.enumerated().map { row, name in
        SVG.text(
          name, x: left - Self.space, y: row * pitch + side / 2 + 4, anchor: "end",
          size: Self.textSize)
      }
      return SVG(width: left + size.width, height: size.height, elements: [image(x: left)] + texts)
    case .images(let lines):
      let lines = lines.map { $0.map { $0.shortened(to: Self.longest) } }
      let column = max(side, Self.width(of: lines.flatMap { $0 })) + Self.space
      let row = side + (lines.map(\.count).max() ?? 0) * Self.lineHeight + 2 * Self.space
      // The sheet is stored once; every image is a window on it.
      var elements = ["<defs>\(image(x: 0))</defs>"]
      for (index, lines) in lines.enumerated() {
        let (x, y) = (index % columns, index / columns)
        elements.append(
          "<svg x=\"\(x * column + (column - side) / 2)\" y=\"\(y * row)\" width=\"\(side)\" "
            + "height=\"\(side)\" viewBox=\"\(x * pitch) \(y * pitch) \(side) \(side)\">"
            + "<use href=\"#sheet\"/></svg>")
        for (line, text) in lines.enumerated() {
          elements.append(
            SVG.text(
              text, x: x * column + column / 2, y: y * row + side + (line + 1) * Self.lineHeight,
              anchor: "middle", size: Self.textSize))
        }
      }
      let rows = (lines.count + columns - 1) / columns
      return SVG(width: columns * column, height: rows * row, elements: elements)
    }
  }
}
