import Support
import Training

/// The values of names in prose, `{{name}}`.
package struct Placeholders: Sendable {
  /// A value for every name.
  package var values: [String: String]
  /// The values of other experiments by their names; empty for one that has not been run yet.
  package var elsewhere: [String: [String: String]]
  /// The folder of the files that the values come from.
  package var folder: String?

  package init(values: [String: String], elsewhere: [String: [String: String]] = [:]) {
    self.values = values
    self.elsewhere = elsewhere
  }

  /// The values for the prose of an experiment, from its own files and, as `experiment:name`, from the
  /// files of the others.
  package init(for experiment: ExperimentResults, in results: Results) {
    values = experiment.values
    values["profile"] = results.profile
    folder = experiment.folder
    elsewhere = [:]
    for other in results.experiments { elsewhere[other.name] = other.values }
  }

  /// Replaces every `{{name}}` of a line.
  ///
  /// - Parameters:
  ///   - line: A line of Markdown.
  ///   - place: The line's place, `file:number`, for errors.
  /// - Returns: The line with values in place of names.
  /// - Throws: `Failure` with code 65 for a name that has no value.
  package func fill(_ line: String, at place: String) throws -> String {
    var result = ""
    var rest = line[...]
    while let opening = rest.range(of: "{{"),
      let closing = rest[opening.upperBound...].range(of: "}}")
    {
      let name = rest[opening.upperBound..<closing.lowerBound].trimmed
      guard let value = value(name) else {
        throw Failure(
          .corrupt,
          "\(place): {{\(name)}} is unknown"
            + (folder.map { ", or a file is missing in \($0)" } ?? "") + "; the known names are "
            + (values.keys.sorted() + elsewhere.keys.sorted().map { "\($0):…" })
            .joined(separator: ", "))
      }
      result += rest[..<opening.lowerBound] + value
      rest = rest[closing.upperBound...]
    }
    return result + rest
  }

  private func value(_ name: String) -> String? {
    guard let colon = name.firstIndex(of: ":") else { return Self.value(name, in: values) }
    guard let others = elsewhere[String(name[..<colon])] else { return nil }
    // Experiments are run one after the other, and a script may mention one that comes later.
    return others.isEmpty
      ? Self.notRunYet : Self.value(String(name[name.index(after: colon)...]), in: others)
  }

  /// The value of everything that waits for a run.
  static let notRunYet = "(not run yet)"

  /// The value of a name; a sweep may not have reached the arm of `dropout-0.5.val_loss` yet.
  private static func value(_ name: String, in values: [String: String]) -> String? {
    if let value = values[name] { return value }
    guard let (arm, metric) = armAndMetric(name) else { return nil }
    let others = values.keys.compactMap(armAndMetric)
    let isKnown = others.contains { $0.arm == arm }
    return !isKnown && others.contains { $0.metric == metric } ? notRunYet : nil
  }

  /// The arm and the rest of `dropout-0.5.val_loss`: a value may have a point, a metric has none.
  private static func armAndMetric(_ name: String) -> (arm: Arm, metric: Substring)? {
    guard let dot = name.lastIndex(of: "."), let arm = Arm(folder: String(name[..<dot])) else {
      return nil
    }
    return (arm, name[name.index(after: dot)...])
  }
}
