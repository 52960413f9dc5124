import Support

/// What `run.json` says decided the numbers of a run: configuration, data, initial weights, engine,
/// compiler, and the code.
package struct Provenance: Sendable {
  /// By name, those of the configuration without `configuration.` in front.
  package let settings: [String: String]
  /// The names that belong to the configuration.
  package let configuration: Set<String>
  /// The commit that was checked out.
  package let commit: String?
  /// Whether the code differed from the commit.
  package let isDirty: Bool

  /// Reads a `run.json`.
  ///
  /// - Parameters:
  ///   - text: The whole file.
  ///   - name: What an error calls the file.
  /// - Throws: `Failure` with code 2 where it is not JSON.
  package init(parsing text: String, name: String) throws {
    self.init(try failing(as: .incomparable) { try JSON(parsing: text, name: name).flattened })
  }

  private init(_ values: [String: String]) {
    let prefix = "configuration."
    let configured = values.keys.filter { $0.hasPrefix(prefix) }
    let names = configured.map { String($0.dropFirst(prefix.count)) }
    // What stands both beside the configuration and in it is the same.
    var settings = values.filter { name, _ in
      !Self.results.contains(name) && !Self.code.contains(name) && !name.hasPrefix("volatile.")
        && !name.hasPrefix(prefix)
    }
    for (name, key) in zip(names, configured) { settings[name] = values[key] }
    self.settings = settings.mapValues(\.abbreviated)
    configuration = Set(names)
    commit = values["commit"].flatMap { $0 == "unknown" ? nil : $0 }
    isDirty = values["dirty"] == "true"
  }

  /// What follows from a run's numbers and explains none.
  private static let results = ["silenced_classes", "status", "weights.final"]
  /// What names the code, and the command, which the configuration spells out.
  private static let code = ["command", "commit", "dirty"]

  /// Whether two or more runs were configured differently.
  package static func areConfiguredDifferently(_ runs: [Provenance]) -> Bool {
    let configuration = runs.reduce(into: Set<String>()) { $0.formUnion($1.configuration) }
    return differences(runs).contains { configuration.contains($0) }
  }

  /// The names of the settings in which several runs do not agree, sorted.
  package static func differences(_ runs: [Provenance]) -> [String] {
    Set(runs.flatMap(\.settings.keys)).sorted().filter { name in
      Set(runs.map { $0.settings[name] }).count > 1
    }
  }
}

extension String {
  /// A digest shortened to what tells it from others; all other text as it is.
  var abbreviated: String {
    let isDigest = count >= 40 && allSatisfy(\.isHexDigit)
    return isDigest ? "\(prefix(12))…" : self
  }
}
