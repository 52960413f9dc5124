/// The random transforms of training images.
public enum Augmentation: String, CaseIterable, Sendable {
  /// The notebook's: a random size, rotation, crop and flip.
  case notebook
  /// None: the validation transform.
  case none
}
