import Support

/// Everything that a run's numbers depend on: its settings, its images, the weights that it starts from, and
/// the code.
///
/// A checkpoint goes on only under the settings, images and weights that it was written with. A finished
/// run need not be repeated under the same identity, and is not replaced by one of another.
struct RunIdentity {
  let settings: Settings
  /// `nil` as long as it is not known: then it is not compared.
  let dataFingerprint: String?
  /// The SHA-256 of the weights; `nil` as long as it is not known: then it is not compared.
  let initialWeights: String?
  /// The SHA-256 of the code that decides numbers; `nil` if it is not known: then it is not compared.
  let code: String?

  /// The name of the code among differences.
  static let codeName = "code"

  private var members: [String: JSON] {
    var members = settings.record
    if let dataFingerprint { members["data"] = .string(dataFingerprint) }
    if let initialWeights { members["weights"] = .string(initialWeights) }
    return members
  }

  /// The identity, the code apart, as text that `differences` can parse.
  var text: String { JSON.object(members).text }

  /// Compares with the identity that a checkpoint was written under, the code apart.
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
    return differences(from: others)
  }

  /// Compares with a finished run. What its record does not say is not compared.
  ///
  /// - Returns: The differences, each as `lr is 0.01 there, 0.02 here`.
  func differences(from record: RunRecord) -> [String] {
    guard let settings = record.settings else { return ["its configuration cannot be read"] }
    let other = RunIdentity(
      settings: settings, dataFingerprint: dataFingerprint.flatMap { record.dataFingerprint ?? $0 },
      initialWeights: initialWeights.flatMap { record.initialWeights ?? $0 }, code: nil)
    var differences = differences(from: other.members)
    if let code, let codeThere = record.code, codeThere != RunRecord.mixedCode, code != codeThere {
      differences.append(Self.difference(Self.codeName, .string(codeThere), .string(code)))
    }
    return differences
  }

  private func differences(from others: [String: JSON]) -> [String] {
    let members = members
    return Set(members.keys).union(others.keys).sorted().compactMap { name in
      members[name] == others[name] ? nil : Self.difference(name, others[name], members[name])
    }
  }

  private static func difference(_ name: String, _ there: JSON?, _ here: JSON?) -> String {
    func show(_ value: JSON?) -> String { value.map { $0.words.abbreviated } ?? "nothing" }
    return "\(name) is \(show(there)) there, \(show(here)) here"
  }
}

extension [String] {
  /// Whether differences between identities are those of the code alone.
  var areOfCodeAlone: Bool {
    !isEmpty && allSatisfy { $0.hasPrefix("\(RunIdentity.codeName) is ") }
  }
}
