/// One image file of a split.
package struct Sample: Equatable, Sendable {
  /// The file, relative to the data set's folder: `train/n01440764/n01440764_18.JPEG`.
  package let path: String
  /// The index of its class.
  package let label: Int
}
