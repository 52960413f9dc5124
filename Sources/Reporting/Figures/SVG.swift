import Support

/// A picture that the program draws itself: elements of SVG on white.
package struct SVG: Sendable {
  let width: Int
  let height: Int
  package let elements: [String]

  /// The color of text.
  static let ink = "#222222"

  /// The file, with a title, which browsers show beside the pointer, and a summary for screen readers.
  func file(title: String, summary: String) -> [UInt8] {
    Array(
      """
      <?xml version="1.0" encoding="utf-8"?>
      <svg width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
      xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="14">
      \(Self.description(title: title, summary: summary))
      <rect width="\(width)" height="\(height)" fill="#ffffff"/>
      \(elements.joined(separator: "\n"))
      </svg>

      """.utf8)
  }

  /// A picture's title and its description.
  static func description(title: String, summary: String) -> String {
    "<title>\(escaped(title))</title>\n<desc>\(escaped(summary))</desc>"
  }

  /// A line of text, of which the anchor stands at x: `start`, `middle` or `end`.
  static func text(
    _ text: String, x: Int, y: Int, anchor: String = "start", isBold: Bool = false, size: Int = 14
  ) -> String {
    "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-size=\"\(size)\""
      + (isBold ? " font-weight=\"bold\"" : "") + " fill=\"\(ink)\">\(escaped(text))</text>"
  }

  private static func escaped(_ text: String) -> String {
    text.escapingLineFeeds.substituting("&", by: "&amp;").substituting("<", by: "&lt;")
      .substituting(">", by: "&gt;")
  }
}

extension String {
  /// The text, cut where it is longer than a number of characters.
  func shortened(to count: Int) -> String {
    self.count > count ? "\(prefix(count - 1))…" : self
  }
}
