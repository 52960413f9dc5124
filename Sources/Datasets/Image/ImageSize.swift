/// Width and height in pixels.
package struct ImageSize: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// Pixels from left to right.
  package var width: Int
  /// Pixels from top to bottom.
  package var height: Int

  /// - Precondition: Both are above 0.
  package init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    self.width = width
    self.height = height
  }

  /// The smaller of width and height.
  package var shortSide: Int { min(width, height) }

  package var description: String { "\(width)x\(height)" }
}
