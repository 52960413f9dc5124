import Support

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

  /// The value of a name; a sweep may not have reached the rate of `0.50.val_loss` yet.
  private static func value(_ name: String, in values: [String: String]) -> String? {
    if let value = values[name] { return value }
    guard let (rate, metric) = rateAndMetric(name) else { return nil }
    let rates = values.keys.compactMap(rateAndMetric)
    let isKnown = rates.contains { $0.rate == rate }
    return !isKnown && rates.contains { $0.metric == metric } ? notRunYet : nil
  }

  private static func rateAndMetric(_ name: String) -> (rate: Double, metric: Substring)? {
    guard let dot = name.lastIndex(of: "."), let rate = Double(name[..<dot]) else { return nil }
    return (rate, name[name.index(after: dot)...])
  }
}
