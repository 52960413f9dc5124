import Support

/// One table of metrics in all revisions, row by row.
struct MetricComparison {
  let names: [String]
  let tables: [Table?]
  let tolerance: Tolerance

  /// Rows of `metric`, the values, and `change`.
  var rows: [[String]] {
    let counts = tables.map { $0.map { "\($0.rows.count)" } }
    let unit = tables.contains { $0?["step"] != nil } ? "steps" : "epochs"
    var rows: [[String]] = []
    if counts.contains(nil) || Set(counts).count > 1 { rows.append(row(unit, counts)) }
    let sides = tables.map { $0.map(Curve.all) }
    var metrics: [String] = []
    for curve in sides.flatMap({ $0 ?? [] }) where !metrics.contains(curve.name) {
      metrics.append(curve.name)
    }
    for metric in metrics {
      let curves = sides.map { side in side?.first { $0.name == metric } }
      // A table that is missing as a whole has its row already.
      if zip(sides, curves).contains(where: { $0 != nil && $1 == nil }) {
        rows.append(row(metric, curves.map { $0?.final }))
      }
      rows += self.rows(metric, curves)
    }
    return rows
  }

  private func rows(_ metric: String, _ curves: [Curve?]) -> [[String]] {
    var rows: [[String]] = []
    for (name, values) in [
      ("final", curves.map { $0?.final }), ("best", curves.map { $0?.best }),
    ] where differ(values) {
      rows.append(row("\(metric), \(name)", values))
    }
    guard let base = curves.compactMap({ $0 }).first else { return rows }
    var different: [(point: String, absolute: Double, relative: Double)] = []
    for (point, old) in zip(base.points, base.fields) {
      let others = curves.compactMap { $0?.value(at: point) }.filter { !tolerance.accepts(old, $0) }
      let differences = others.map { Difference(old, $0) }
      guard let absolute = differences.map(\.absolute).max(),
        let relative = differences.map(\.relative).max()
      else { continue }
      different.append((point, absolute, relative))
    }
    // The first of equals.
    guard let first = different.first,
      let largest = different.max(by: { $0.absolute < $1.absolute }),
      let relative = different.max(by: { $0.relative < $1.relative })
    else { return rows }
    let isOne = largest.point == relative.point
    func add(_ point: String, _ remark: String) {
      let row = row("\(metric), \(point)", curves.map { $0?.value(at: point) })
      rows.append(row.dropLast() + [(row.last ?? "") + ", \(remark)"])
    }
    add(
      largest.point,
      "largest\(isOne ? "" : " absolute"); first differs in \(first.point)")
    if !isOne { add(relative.point, "largest relative") }
    return rows
  }

  /// Whether values differ by more than the tolerance; missing ones are not compared.
  private func differ(_ values: [String?]) -> Bool {
    let values = values.compactMap { $0 }
    return values.dropFirst().contains { !tolerance.accepts(values[0], $0) }
  }

  private func row(_ metric: String, _ values: [String?]) -> [String] {
    [metric] + values.map { $0 ?? "–" } + [change(values, names)]
  }
}

/// The differences of later values from the first one; where values are missing, the names of those
/// that are there.
func change(_ values: [String?], _ names: [String]) -> String {
  let present = zip(names, values).filter { $1 != nil }.map { $0.0 }
  guard present.count == names.count else { return "only in \(present.joined(separator: ", "))" }
  let values = values.compactMap { $0 }
  return values.dropFirst().map { Difference(values[0], $0).text }.joined(separator: ", ")
}
