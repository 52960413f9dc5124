import Support

/// A data set that profiles refer to by name: either downloaded, and then possibly missing, or
/// generated when it is needed.
package struct NamedDataset: Sendable {
  /// The name for people.
  package let name: String
  /// The folders it may be in, the preferred one first.
  package let folders: [String]
  /// How it is generated; `nil` if it is downloaded.
  package let generator: Generator?

  /// Generates a data set.
  package struct Generator: Sendable {
    /// Writes the images into a folder, unless they are there already.
    package let write: @Sendable (_ folder: String) throws -> Void
    /// The bytes of memory that the first images of a split need, all of them without a limit.
    package let imageBytes: @Sendable (_ split: Split, _ limit: Int?) -> Int
  }

  /// The folder with the images, or the one they will be generated into; `nil` if they are missing.
  package var folder: String? {
    generator == nil ? folders.first(where: Files.isFolder) : folders.first
  }
}
