import Datasets
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
    // An older record lacks the settings that were added after it, so it gets their defaults.
    let defaults = record.settings.map { JSON.object($0.record).flattened } ?? [:]
    let configured = (record.json["configuration"]?.flattened ?? [:]).merging(defaults) { old, _ in
      old
    }
    var others = record.json.flattened.filter { name, _ in
      !Self.ignored.contains(name)
        && !["configuration.", "volatile."].contains { name.hasPrefix($0) }
    }
    if others["data.fingerprint"] != nil, record.normalization == nil {
      // Before records had this entry, every run used Imagenette's statistics.
      let usual = JSON.object(["data.normalization": Imagenette.normalization.json])
      others.merge(usual.flattened) { $1 }
    }
    // An entry that stands both in the configuration and beside it is the same in both places.
    settings = others.merging(configured) { $1 }.mapValues(\.abbreviated)
    configuration = Set(configured.keys)
    commit = record.commit
    isDirty = record.isDirty == true
  }

  /// Entries that explain no number: results, the names of the classes, the code, which is compared by
  /// its files, the command, which the configuration spells out, and the program that draws figures.
  private static let ignored = [
    "silenced_classes", "status", "weights.final", "data.class_names", "command", "commit", "dirty",
    "code", "libraries.gnuplot",
  ]

  /// Entries of which nothing is known where an older record lacks them.
  private static let unknownIfMissing = ["libraries.libjpeg"]

  /// Whether two or more runs were configured differently.
  package static func areConfiguredDifferently(_ runs: [Provenance]) -> Bool {
    let configuration = runs.reduce(into: Set<String>()) { $0.formUnion($1.configuration) }
    return differences(runs).contains { configuration.contains($0) }
  }

  /// The names of the settings in which several runs do not agree, sorted.
  package static func differences(_ runs: [Provenance]) -> [String] {
    Set(runs.flatMap(\.settings.keys)).sorted().filter { name in
      let values = runs.map { $0.settings[name] }
      return Set(unknownIfMissing.contains(name) ? values.filter { $0 != nil } : values).count > 1
    }
  }
}
