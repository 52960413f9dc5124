import Support
import Training

extension ExperimentResults {
  /// The values for prose by name; none before the experiment has been run.
  package var values: [String: String] {
    guard let representative else { return [:] }
    var values: [String: String] = [:]
    for arm in arms {
      for (name, value) in arm.runs[0].values {
        values[arm.arm.values.isEmpty ? name : "\(arm.arm.folder).\(name)"] = value
      }
    }
    // An entry that all runs of a sweep share needs no arm in front.
    let run = representative.runs[0]
    let entries = runs.map(\.entries)
    for (name, entry) in run.entries where entries.allSatisfy({ $0[name] == entry }) {
      values[name] = run.values[name]
    }
    for name in ["val_accuracy", "best_val_accuracy", "epochs"] { values[name] = run.values[name] }
    return values
  }
}

extension RunResults {
  /// The values for prose by name.
  package var values: [String: String] {
    var values = entries
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
        values[column + "_last"] = values[column]
      }
    }
    values["epochs"] = Rounding.text(final("epoch"), of: "epochs")
    values["silenced_classes"] = record?.silencedClassCount.map(Rounding.count)
    for (name, table) in steps where !name.isEmpty {
      for (key, value) in table.stepValues { values["\(name).\(key)"] = value }
    }
    values["accuracy_gap"] = Rounding.fraction(final("train_accuracy") - final("val_accuracy"))
    values["best_val_accuracy"] = Rounding.fraction(best?.accuracy ?? .nan)
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
