import Support

/// One metric of one run: a column of `metrics.csv` or `steps.csv`.
package struct Curve {
  package let name: String
  /// A name for every row, for example `epoch 3`.
  package let points: [String]
  package let fields: [String]
  /// The row of each point.
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

  /// The best value, the first of equals; `nil` for metrics of which neither end is better.
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
