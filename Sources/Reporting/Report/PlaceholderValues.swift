import Support
import Training

/// The values that prose can name of an experiment, or of a table of measurements.
package struct NamedValues: Sendable {
  /// The values without an arm in front.
  package var shared: [String: String]
  /// The values of each arm, by the arm's folder: `dropout-0.5` and there `val_accuracy`.
  package var arms: [String: [String: String]]
  /// The arm that names without one are about; `nil` before the experiment has been run.
  let representative: ArmResults?
  /// All arms by their folders.
  let results: [String: ArmResults]

  package init(_ shared: [String: String] = [:], arms: [String: [String: String]] = [:]) {
    (self.shared, self.arms, representative, results) = (shared, arms, nil, [:])
  }

  /// The values of an experiment; none before it has been run.
  package init(of experiment: ExperimentResults) {
    representative = experiment.representative
    results = Dictionary(uniqueKeysWithValues: experiment.arms.map { ($0.arm.folder, $0) })
    arms = results.filter { !$0.key.isEmpty }.mapValues { arm in
      arm.runs[0].entries.merging(arm.values) { $1 }
    }
    shared = [:]
    guard let representative else { return }
    // An entry that all runs share needs no arm in front; results are those of the representative arm.
    let entries = experiment.runs.map(\.entries)
    shared = entries[0].filter { name, entry in entries.allSatisfy { $0[name] == entry } }
      .merging(representative.values) { $1 }
    // A swept setting, and what follows from it, has several values.
    for name in entries[0].keys where name.hasPrefix("configuration.") && shared[name] == nil {
      let values = entries.compactMap { $0[name] }.reduce(into: [String]()) {
        if !$0.contains($1) { $0.append($1) }
      }
      shared[name] = values.joined(separator: ", ")
    }
  }

  /// Whether there is nothing to name yet.
  var isEmpty: Bool { shared.isEmpty && arms.isEmpty }

  /// The names without an arm, and what names of arms begin with; both sorted. Statistics of a metric are
  /// left out.
  var names: [String] {
    let statistics = [".summary", ".plain", ".sd", ".low", ".high", ".per_seed", ".wilson"]
    let names = shared.keys.filter { name in !statistics.contains { name.hasSuffix($0) } }
    return names.sorted() + arms.keys.sorted().map { "\($0).…" }
  }

  /// The value of a name; a sweep may not have reached the arm of `dropout-0.5.val_loss` yet.
  subscript(name: String) -> String? {
    if let value = shared[name] { return value }
    for (arm, rest) in Self.cuts(of: name) {
      if let value = arms[arm]?[rest] { return value }
      if arms[arm] == nil, Arm(folder: arm) != nil, arms.values.contains(where: { $0[rest] != nil })
      {
        return Placeholders.notRunYet
      }
    }
    return nil
  }

  /// An arm that a comparison names.
  enum NamedArm {
    case run(ArmResults), notRunYet
  }

  /// The arm with a folder, and without one the representative; `nil` for what cannot be an arm.
  func arm(_ folder: String) -> NamedArm? {
    guard folder.isEmpty || Arm(folder: folder) != nil else { return nil }
    return (folder.isEmpty ? representative : results[folder]).map(NamedArm.run) ?? .notRunYet
  }

  /// `dropout-0.5.val_loss` cut at each of its points: a value may have one, too.
  private static func cuts(of name: String) -> [(arm: String, rest: String)] {
    name.indices.filter { name[$0] == "." }.map {
      (String(name[..<$0]), String(name[name.index(after: $0)...]))
    }
  }
}

extension ArmResults {
  /// The results for prose by name: metrics are means over the seeds, everything else is the first seed's.
  fileprivate var values: [String: String] {
    var values = runs[0].values
    values["seeds"] = list { "\($0.seed)" }
    values["silenced_classes"] = silencedClassCounts
    values["never_predicted_classes"] = neverPredictedClassCounts
    for metric in ExperimentResults.summarizedMetrics {
      func text(_ number: Double?) -> String {
        number.map { Rounding.text($0, of: metric) } ?? Self.notKnown
      }
      let summary = final(metric)
      values["\(metric).per_seed"] = list { text($0.final(metric)) }
      values["\(metric).summary"] = summary.markedText
      values["\(metric).plain"] = summary.text
      values["\(metric).sd"] = text(summary.standardDeviation)
      values["\(metric).low"] = text(summary.interval?.lowerBound)
      values["\(metric).high"] = text(summary.interval?.upperBound)
      // Without a complete run, the first one says how far it came.
      if summary.count > 0 { values[metric] = text(summary.mean) }
    }
    if !completeRuns.isEmpty {
      values["accuracy_gap"] = Rounding.fraction(
        final("train_accuracy").mean - final("val_accuracy").mean)
    }
    if let (right, images) = runs[0].confusionMatrix?.recognized(), images > 0 {
      values["val_accuracy.wilson"] = Statistics.wilsonInterval(successes: right, of: images).text
    }
    return values
  }

  /// What stands for a number that too few runs leave open.
  static let notKnown = "not known"

  private func list(_ text: (RunResults) -> String) -> String {
    runs.map(text).joined(separator: ", ")
  }
}

extension RunResults {
  /// The results for prose by name.
  fileprivate var values: [String: String] {
    var values: [String: String] = [:]
    if let parameters = record?.parameterCount { values["parameters"] = Rounding.count(parameters) }
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
      }
    }
    values["epochs"] = Rounding.text(final("epoch"), of: "epochs")
    for (name, table) in steps where !name.isEmpty {
      for (key, value) in table.stepValues { values["\(name).\(key)"] = value }
    }
    values["accuracy_gap"] = Rounding.fraction(final("train_accuracy") - final("val_accuracy"))
    values["best_val_accuracy"] = Rounding.fraction(final("best_val_accuracy"))
    values["best_epoch"] = best.map { Rounding.count($0.epoch) } ?? "none"
    return values
  }
}

extension Table {
  /// The values for prose of a recording of single steps.
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
