import Support

/// An arm of an experiment: the runs that differ in the seed alone. It is set apart from the other arms by
/// its values of the swept settings; an experiment without a sweep has one arm without values.
package struct Arm: Hashable, Sendable {
  /// A swept setting and its value in this arm.
  package struct Value: Hashable, Sendable {
    /// The setting's name on the command line without dashes in front, `weight-decay`.
    package let setting: String
    /// The value as the command line spells it: numbers as shortest decimals.
    package let text: String

    package init(_ setting: String, _ text: String) {
      self.setting = setting
      self.text = text
    }
  }

  /// In the order of the table of settings.
  package let values: [Value]

  package init(_ values: [Value] = []) { self.values = values }

  /// Reads the name of an arm's folder; `nil` if it is not one.
  package init?(folder: String) {
    var values: [Value] = []
    for part in folder.split(separator: "_", omittingEmptySubsequences: false) {
      // `lr-min-0.1` is a value of `lr-min`, not of `lr`.
      let settings = Settings.table.map(\.label).filter { part.hasPrefix($0 + "-") }
      guard let setting = settings.max(by: { $0.count < $1.count }) else { return nil }
      let word = String(part.dropFirst(setting.count + 1))
      // Only the name that a sweep gives it: one axis each, in order, with a value as it is written.
      guard let axis = try? SweepAxis(setting, over: [word]), axis.values == [word] else {
        return nil
      }
      values.append(Value(setting, word))
    }
    let order = Settings.table.map(\.label).filter { name in values.contains { $0.setting == name }
    }
    guard order == values.map(\.setting) else { return nil }
    self.init(values)
  }

  /// The name of its folder in that of the experiment, `dropout-0.25_lr-0.01`; empty without values.
  package var folder: String { values.map { "\($0.setting)-\($0.text)" }.joined(separator: "_") }

  /// Its name for people, `dropout 0.25, lr 0.01`; empty without values.
  package var label: String { values.map { "\($0.setting) \($0.text)" }.joined(separator: ", ") }

  /// Its name for people beside those of other experiments: `norm`, `norm, lr 0.01`, and `dropout 0.25` for
  /// an experiment named after the setting that it sweeps.
  package func label(in experiment: String) -> String {
    if values.isEmpty { return experiment }
    return values[0].setting == experiment ? label : "\(experiment), \(label)"
  }

  /// The value of a setting; `nil` if it is not swept.
  package subscript(setting: String) -> String? {
    values.first { $0.setting == setting }?.text
  }

  /// The folder of the arm's run with a seed, in that of the experiment: `dropout-0.25/seed-0`.
  package func folder(seed: UInt64) -> String {
    (values.isEmpty ? "" : folder + "/") + "seed-\(seed)"
  }

  /// The seed in the name of a run's folder, `seed-0`; `nil` if it is not one.
  package static func seed(ofFolder name: String) -> UInt64? {
    guard name.hasPrefix("seed-"), let seed = UInt64(name.dropFirst(5)), name == "seed-\(seed)"
    else { return nil }
    return seed
  }
}

extension Arm: Comparable {
  /// The order of arms: setting by setting, numbers by size and before words.
  package static func < (first: Arm, second: Arm) -> Bool {
    for (one, other) in zip(first.values, second.values) where one != other {
      let numbers = (Double(one.text), Double(other.text))
      return switch (one.setting == other.setting, numbers.0, numbers.1) {
      case (true, let first?, let second?) where first != second: first < second
      case (true, .some, nil): true
      case (true, nil, .some): false
      default: (one.setting, one.text) < (other.setting, other.text)
      }
    }
    return first.values.count < second.values.count
  }
}
