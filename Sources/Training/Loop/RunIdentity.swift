import Support

/// Everything that a run's numbers depend on, the code apart: its settings and its images.
///
/// A checkpoint goes on only under the identity that it was written with.
struct RunIdentity {
  let settings: [String: JSON]
  let dataFingerprint: String
  let epochs: Int

  init(_ settings: Settings, dataFingerprint: String) {
    self.settings = settings.record
    self.dataFingerprint = dataFingerprint
    epochs = settings.epochs
  }

  private var members: [String: JSON] {
    settings.merging(["data": .string(dataFingerprint)]) { first, _ in first }
  }

  /// The identity as text that `differences` can parse.
  var text: String { JSON.object(members).text }

  /// The SHA-256 of the text.
  var digest: String { SHA256.hash(text.utf8) }

  /// Compares with another identity.
  ///
  /// - Parameters:
  ///   - text: The other identity's text.
  ///   - path: The file that an error names.
  /// - Returns: The differences, each as `lr is 0.01 there, 0.02 here`.
  /// - Throws: `Failure` with code 65 if the text is not that of an identity.
  func differences(from text: String, path: String) throws -> [String] {
    guard case .object(let others)? = try? JSON(parsing: text.utf8) else {
      throw Failure(.corrupt, "\(path): the checkpoint's settings are damaged")
    }
    return Set(members.keys).union(others.keys).sorted().compactMap { name in
      guard members[name] != others[name] else { return nil }
      func show(_ value: JSON?) -> String { value?.text ?? "nothing" }
      return "\(name) is \(show(others[name])) there, \(show(members[name])) here"
    }
  }
}
