/// One of the two parts of a data set.
package enum Split: String, CaseIterable, Sendable {
  case training = "train"
  case validation = "val"

  /// The name of its folder.
  package var folder: String { rawValue }
}
