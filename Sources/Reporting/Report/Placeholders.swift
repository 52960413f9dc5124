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
    guard
      let function = ArmComparison.functions.first(where: {
        subject == $0 || subject.hasSuffix(".\($0)")
      }),
      let arm = mine.arm(String(subject.dropLast(function.count + 1))),
      let other = self.arm(object, beside: mine)
    else { return nil }
    guard case .run(let arm) = arm, case .run(let other) = other else { return Self.notRunYet }
    return ArmComparison(arm, to: other).value(function)
  }

  /// The arm in parentheses: `dropout-0` of the same experiment, or `norm` and `dropout:dropout-0` of
  /// another; `nil` if there is none of that name.
  private func arm(_ name: String, beside mine: NamedValues) -> NamedValues.NamedArm? {
    if let others = elsewhere[name] { return others.arm("") }
    guard let colon = name.firstIndex(of: ":") else { return name.isEmpty ? nil : mine.arm(name) }
    return elsewhere[String(name[..<colon])]?.arm(String(name[name.index(after: colon)...]))
  }
}

extension ArmComparison {
  /// The functions that prose can name.
  fileprivate static let functions =
    ["mcnemar", "bootstrap", "alive_classes", "alive_accuracy", "alive_difference"]
    + ExperimentResults.summarizedMetrics.map { "\($0).difference" }

  /// The value of a function.
  fileprivate func value(_ function: String) -> String {
    let value: String? =
      switch function {
      case "mcnemar": predictions.map { Rounding.probability($0.pValue) }
      case "bootstrap": predictions.map { $0.interval.differenceText }
      case "alive_classes": aliveClasses.map { Rounding.count($0.count) }
      case "alive_accuracy": accuraciesOverAliveClasses.map(\.arm.markedText)
      case "alive_difference": accuraciesOverAliveClasses.map(\.difference.differenceText)
      default: difference(String(function.prefix { $0 != "." }))?.differenceText
      }
    return value ?? ArmResults.notKnown
  }
}
