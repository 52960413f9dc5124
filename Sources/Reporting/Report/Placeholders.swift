import Support
import Training

/// The names in prose, `{{name}}`, and what they stand for; `docs/placeholders.md` lists them.
package struct Placeholders: Sendable {
  /// The values of names alone.
  package var values: NamedValues
  /// The values of other experiments, or of tables of measurements, by what stands before the colon;
  /// empty for an experiment that has not been run yet.
  package var elsewhere: [String: NamedValues]
  /// The folder of the files that the values come from.
  package var folder: String?

  package init(values: NamedValues, elsewhere: [String: NamedValues] = [:]) {
    self.values = values
    self.elsewhere = elsewhere
  }

  /// The values for the prose of an experiment, from its own files and, as `experiment:name`, from the
  /// files of the others.
  package init(for experiment: ExperimentResults, in results: Results) {
    elsewhere = [:]
    for other in results.experiments { elsewhere[other.name] = NamedValues(of: other) }
    values = elsewhere[experiment.name] ?? NamedValues()
    values.shared["profile"] = results.profile
    folder = experiment.folder
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
      guard let value = value(name) ?? comparison(name) else {
        throw Failure(
          .corrupt,
          "\(place): {{\(name)}} is unknown"
            + (folder.map { ", or a file is missing in \($0)" } ?? "") + "; the known names are "
            + (values.names + elsewhere.keys.sorted().map { "\($0):…" })
            .joined(separator: ", ") + "; docs/placeholders.md has them all")
      }
      result += rest[..<opening.lowerBound] + value
      rest = rest[closing.upperBound...]
    }
    return result + rest
  }

  private func value(_ name: String) -> String? {
    guard let colon = name.firstIndex(of: ":") else { return values[name] }
    guard let others = elsewhere[String(name[..<colon])] else { return nil }
    // Experiments are run one after the other, and a script may mention one that comes later.
    return others.isEmpty ? Self.notRunYet : others[String(name[name.index(after: colon)...])]
  }

  /// The value of everything that waits for a run.
  static let notRunYet = "(not run yet)"
}

// MARK: - Comparisons

extension Placeholders {
  /// The value of a comparison of two arms, `dropout-0.5.val_accuracy.difference(dropout-0)`; `nil` if
  /// the name is not one.
  private func comparison(_ name: String) -> String? {
    guard name.hasSuffix(")"), let bracket = name.firstIndex(of: "(") else { return nil }
    var subject = String(name[..<bracket])
    let object = String(name[name.index(after: bracket)...].dropLast())
    var mine = values
    if let colon = subject.firstIndex(of: ":") {
      guard let others = elsewhere[String(subject[..<colon])] else { return nil }
      mine = others
      subject = String(subject[subject.index(after: colon)...])
    }
    guard let theirs = arm(object, beside: mine) else { return nil }
    guard let (arm, function) = mine.armAndRest(of: subject) else { return Self.notRunYet }
    guard case .run(let other) = theirs else { return Self.notRunYet }
    return ArmComparison(arm, to: other).value(function)
  }

  private enum NamedArm {
    case run(ArmResults), notRunYet
  }

  /// The arm that a comparison names: `dropout-0` of the same experiment, or `norm` and
  /// `dropout:dropout-0` of another; `nil` if there is none of that name.
  private func arm(_ name: String, beside mine: NamedValues) -> NamedArm? {
    let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
    if parts.count == 1, let others = elsewhere[name] {
      return others.representative.map(NamedArm.run) ?? .notRunYet
    }
    guard let values = parts.count == 1 ? mine : elsewhere[parts[0]], let folder = parts.last,
      Arm(folder: folder) != nil
    else { return nil }
    return values.results[folder].map(NamedArm.run) ?? .notRunYet
  }
}

extension ArmComparison {
  /// The value of a function in prose; `nil` if there is none of that name.
  fileprivate func value(_ function: String) -> String? {
    let notKnown = ArmResults.notKnown
    switch function {
    case "mcnemar":
      return predictions.map { Rounding.probability($0.pValue) } ?? notKnown
    case "bootstrap":
      return predictions.map { $0.interval.differenceText } ?? notKnown
    case "alive_classes":
      return aliveClasses.map { Rounding.count($0.count) } ?? notKnown
    case "alive_accuracy":
      return accuraciesOverAliveClasses.map(\.arm.markedText) ?? notKnown
    case "alive_difference":
      return accuraciesOverAliveClasses.map(\.difference.differenceText) ?? notKnown
    default:
      let metric = function.split(separator: ".").first.map(String.init) ?? ""
      guard function == "\(metric).difference",
        ExperimentResults.summarizedMetrics.contains(metric)
      else { return nil }
      return difference(metric)?.differenceText ?? notKnown
    }
  }
}
