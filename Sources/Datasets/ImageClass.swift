/// One of the classes that images are sorted into.
package struct ImageClass: Equatable, Sendable {
  /// The name of its folder, in Imagenette a WordNet identifier.
  package let folder: String
  /// The name for people.
  package let name: String
}
