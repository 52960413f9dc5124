import Support
import Training

/// The values that `{{name}}` in prose stands for.
package struct Placeholders: Sendable {
  /// A value for every name.
  package var values: [String: String]
  /// The values of the other experiments, empty for one that has not been run yet.
  package var elsewhere: [String: [String: String]]
  /// The folder of the files that the values are from.
  package var folder: String?

  package init(values: [String: String], elsewhere: [String: [String: String]] = [:]) {
    self.values = values
    self.elsewhere = elsewhere
  }

  /// The values that the prose of an experiment can name: those of its own files and, as
  /// `experiment:name`, those of the others.
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
  ///   - place: Where the line stands, as `file:number`.
  /// - Returns: The line with values for names.
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
            + (folder.map { ", or a file is missing in \($0)" } ?? "") + "; known are "
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
    // Experiments are run one after the other: a script may speak of one that comes later.
    return others.isEmpty
      ? Self.notRunYet : Self.value(String(name[name.index(after: colon)...]), in: others)
  }

  private static let notRunYet = "(not run yet)"

  /// The value of a name such as `0.50.val_loss`, whose rate a sweep may not have come to yet.
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

extension ExperimentResults {
  /// The values that prose can name, by name; none before the experiment has been run.
  package var values: [String: String] {
    guard !runs.isEmpty else { return [:] }
    var values: [String: String] = [:]
    for run in runs {
      for (name, value) in run.values {
        values[run.rate.map { "\($0).\(name)" } ?? name] = value
      }
    }
    if let summary, let run = representative {
      // What all runs of a sweep share needs no rate in front.
      for (name, value) in run.values
      where runs.allSatisfy({ $0.information[name] == run.information[name] })
        && run.information[name] != nil
      {
        values[name] = value
      }
      for (row, rate) in zip(summary.rows, summary[Sweep.rateColumn] ?? []) {
        guard let rate = Double(rate) else { continue }
        for (column, field) in zip(summary.columns, row) {
          guard let number = Double(field) else { continue }
          values["\(Sweep.label(rate)).\(column)"] = Rounding.text(number, of: column)
        }
      }
      values["best_rate"] = run.rate
      values["val_accuracy"] = run.values["val_accuracy"]
      values["best_val_accuracy"] = run.values["best_val_accuracy"]
      values["epochs"] = run.values["epochs"]
    }
    for (name, table) in steps where !name.isEmpty {
      for (key, value) in table.stepValues { values["\(name).\(key)"] = value }
    }
    return values
  }
}

extension Run {
  /// The values that prose can name, by name.
  package var values: [String: String] {
    var values = information
    if let parameters = information["parameters"].flatMap({ Int($0) }) {
      values["parameters"] = Rounding.count(parameters)
    }
    for column in metrics.columns where column != "epoch" {
      let numbers = numbers(column)
      switch column {
      case "clipped_steps":
        values[column] = Rounding.text(numbers.reduce(0, +), of: column)
      case "gradient_norm_max":
        values[column] = Rounding.text(numbers.filter { !$0.isNaN }.max() ?? .nan, of: column)
      default:
        values[column] = Rounding.text(numbers.last ?? .nan, of: column)
        values[column + "_first"] = Rounding.text(numbers.first ?? .nan, of: column)
        values[column + "_last"] = values[column]
      }
    }
    values["epochs"] = Rounding.text(final("epoch"), of: "epochs")
    values["accuracy_gap"] = Rounding.fraction(final("train_accuracy") - final("val_accuracy"))
    values["best_val_accuracy"] = Rounding.fraction(best?.accuracy ?? .nan)
    values["best_epoch"] = best.map { Rounding.count($0.epoch) } ?? "none"
    return values
  }
}

extension Table {
  /// The values that prose can name about a recording of single steps.
  fileprivate var stepValues: [String: String] {
    let losses = (self["loss"] ?? []).map { Double($0) ?? .nan }
    let norms = (self["gradient_norm"] ?? []).map { Double($0) ?? .nan }
    return [
      "steps": Rounding.count(rows.count),
      "finite_steps": Rounding.count(losses.prefix { $0.isFinite }.count),
      "first_loss": Rounding.text(losses.first ?? .nan, of: "loss"),
      "last_loss": Rounding.text(losses.last ?? .nan, of: "loss"),
      "loss_max": Rounding.text(losses.filter { !$0.isNaN }.max() ?? .nan, of: "loss"),
      "gradient_norm_first": Rounding.significant(norms.first ?? .nan),
      "gradient_norm_last": Rounding.significant(norms.last ?? .nan),
      "gradient_norm_max": Rounding.significant(norms.filter { !$0.isNaN }.max() ?? .nan),
    ]
  }
}
