import Support

/// How far apart two numbers may be and still count as equal.
package struct Tolerance: Equatable, Sendable {
  /// A fraction of the larger magnitude.
  package var relative: Double
  /// In the numbers' own unit.
  package var absolute: Double

  /// No difference at all, unless numbers are given.
  package init(relative: Double = 0, absolute: Double = 0) {
    self.relative = relative
    self.absolute = absolute
  }

  /// Whether two fields count as equal: numbers within the tolerance, all else by its text. NaN
  /// equals NaN, an infinity equals itself.
  package func accepts(_ first: String, _ second: String) -> Bool {
    guard let first = Double(first), let second = Double(second) else { return first == second }
    if first == second || (first.isNaN && second.isNaN) { return true }
    let difference = abs(first - second)
    return difference.isFinite
      && difference <= absolute + relative * max(abs(first), abs(second))
  }
}

/// One metric of one run: a column of `metrics.csv` or `steps.csv`.
package struct Curve {
  package let name: String
  /// What a row stands for, for example `epoch 3`.
  package let points: [String]
  package let fields: [String]
  /// The rows of the points.
  private let rows: [String: Int]

  /// The columns that number the rows.
  private static let counters = ["epoch", "step"]

  /// The metrics of a table.
  package static func all(_ table: Table) -> [Curve] {
    let counters = counters.filter { table[$0] != nil }
    let columns = counters.map { name in (table[name] ?? []).map { "\(name) \($0)" } }
    let points = table.rows.indices.map { row in
      counters.isEmpty ? "row \(row + 1)" : columns.map { $0[row] }.joined(separator: " ")
    }
    let rows = Dictionary(zip(points, points.indices)) { first, _ in first }
    return table.columns.filter { !counters.contains($0) }.map {
      Curve(name: $0, points: points, fields: table[$0] ?? [], rows: rows)
    }
  }

  /// The value after the last epoch.
  package var final: String? { fields.last }

  /// The best value, the first of equals, for metrics that have one.
  package var best: String? {
    let numbers = fields.compactMap { field in
      Double(field).flatMap { $0.isNaN ? nil : (field, $0) }
    }
    switch name {
    case "val_accuracy": return numbers.max { $0.1 < $1.1 }?.0
    case "val_loss": return numbers.min { $0.1 < $1.1 }?.0
    default: return nil
    }
  }

  /// The value at a point, `nil` where the curve does not reach it.
  package func value(at point: String) -> String? { rows[point].map { fields[$0] } }
}

/// The change between two values, for people and for comparison.
package struct Change {
  private let old: Double
  private let new: Double

  package init(_ old: String, _ new: String) {
    self.old = Double(old) ?? .nan
    self.new = Double(new) ?? .nan
  }

  /// How far the values are apart. A value that is no number is farther than every number.
  package var absolute: Double {
    let difference = abs(new - old)
    return difference.isNaN ? .infinity : difference
  }

  /// The difference as a fraction of the old value's magnitude.
  package var relative: Double { absolute / abs(old) }

  /// `+0.01 (+2%)`.
  package var text: String {
    func signed(_ number: Double) -> String {
      (number > 0 ? "+" : "") + Rounding.significant(number)
    }
    let difference = signed(new - old)
    guard relative.isFinite else { return difference }
    return "\(difference) (\(signed((new - old) / abs(old) * 100))%)"
  }
}
