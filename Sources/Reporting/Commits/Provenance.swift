import Support
import Training

/// The entries of a `run.json` that decided the numbers of a run: configuration, data, initial
/// weights, engine, compiler, and the code.
package struct Provenance: Sendable {
  /// By name, for entries of the configuration without `configuration.` in front.
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
    self.init(try failing(as: .incomparable) { try RunRecord(parsing: text, name: name) })
  }

  private init(_ record: RunRecord) {
    let configured = record.json["configuration"]?.flattened ?? [:]
    let others = record.json.flattened.filter { name, _ in
      !Self.results.contains(name) && !Self.code.contains(name)
        && !["configuration.", "volatile."].contains { name.hasPrefix($0) }
    }
    // An entry that stands both in the configuration and beside it is the same in both places.
    settings = others.merging(configured) { $1 }.mapValues(\.abbreviated)
    configuration = Set(configured.keys)
    commit = record.commit
    isDirty = record.isDirty == true
  }

  /// Entries that follow from a run's numbers and explain none of them.
  private static let results = ["silenced_classes", "status", "weights.final"]
  /// Entries that name the code, and the command, which the configuration spells out.
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
  /// A digest shortened to twelve digits, enough to recognize it; all other text as it is.
  var abbreviated: String {
    let isDigest = count >= 40 && allSatisfy(\.isHexDigit)
    return isDigest ? "\(prefix(12))…" : self
  }
}
