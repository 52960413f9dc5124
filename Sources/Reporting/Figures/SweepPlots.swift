import Support
import Training

/// The figures of sweeps. One swept setting is drawn along an axis, two as a heat map; more have no place
/// on a plane, only in `summary.csv`.
extension Results {
  /// Final accuracies by the value of the one swept setting, and their difference.
  @Sendable static func sweep(_ subject: ExperimentInProfile, _ name: String) -> Figure? {
    let experiment = subject.experiment
    guard experiment.arms.count > 1, experiment.sweptSettings.count == 1,
      let setting = experiment.sweptSettings.first
    else { return nil }
    let arms = experiment.arms.filter { $0.arm[setting] != nil }
    let axis = SweptAxis(values: arms.map { $0.arm[setting] ?? "" })
    let columns = ["train", "val", "gap"]
    var means = Table(columns: ["x"] + columns.flatMap { [$0, "\($0)_low", "\($0)_high"] })
    var seeds = Table(columns: ["x"] + columns)
    var (accuracies, gaps) = (Reach(), Reach(including: 0))
    for (arm, x) in zip(arms, axis.positions) {
      let finals = arm.completeRuns.map { run in
        let (train, val) = (run.final("train_accuracy"), run.final("val_accuracy"))
        return [train, val, train - val]
      }
      for final in finals { seeds.append(([x] + final).map(CSV.format)) }
      let summaries = columns.indices.map { column in SampleSummary(finals.map { $0[column] }) }
      for final in finals {
        for number in final.dropLast() { accuracies.include(number) }
        gaps.include(final[2])
      }
      means.append(
        ([x]
          + summaries.enumerated().flatMap { column, summary in
            // Below two seeds there is no interval.
            let margin = summary.margin ?? 0
            var (low, high) = (summary.mean - margin, summary.mean + margin)
            if column < 2 {
              (low, high) = (max(0, low), min(1, high))
              accuracies.include(interval: low, high)
            } else {
              gaps.include(interval: low, high)
            }
            return [summary.mean, low, high]
          }).map(CSV.format))
    }
    guard let range = accuracies.axis?.range, let gapRange = gaps.axis?.range else { return nil }
    let hasSpread = arms.contains { $0.runs.count > 1 }
    return Figure(
      name: name,
      caption: "Final accuracies by \(setting), and their difference"
        + (hasSpread ? ": means over seeds with 95 % intervals; circles are single seeds" : ""),
      summary: "Line chart of training and validation accuracy by \(setting), above one of their "
        + "difference",
      source: .script(
        "sweep",
        inputs: [
          Gnuplot.table("means", means), Gnuplot.table("seeds", seeds),
          "setting = \(Gnuplot.quoted(setting))", "color = \(experiment.color)",
          "heading = \(Gnuplot.quoted(subject.results.heading(arms.map(\.completeRuns))))",
          "low = \(CSV.format(range.lowerBound))", "high = \(CSV.format(range.upperBound))",
          "gap_low = \(CSV.format(gapRange.lowerBound))",
          "gap_high = \(CSV.format(gapRange.upperBound))", "has_spread = \(hasSpread ? 1 : 0)",
        ] + axis.lines))
  }

  /// Mean validation accuracies by the values of the two swept settings.
  @Sendable static func heatMap(_ subject: ExperimentInProfile, _ name: String) -> Figure? {
    let experiment = subject.experiment
    let settings = experiment.sweptSettings
    guard settings.count == 2 else { return nil }
    let values = settings.map { setting in
      Set(experiment.arms.compactMap { $0.arm[setting] })
        .map { Arm([Arm.Value(setting, $0)]) }.sorted().map { $0.values[0].text }
    }
    var cells = Table(columns: ["row", "column", "mean", "text"])
    for (row, first) in values[0].enumerated() {
      for (column, second) in values[1].enumerated() {
        let arm = experiment.arms.first {
          $0.arm[settings[0]] == first && $0.arm[settings[1]] == second
        }
        let summary = arm?.final("val_accuracy")
        let mean = summary.flatMap { $0.mean.isFinite ? $0.mean : nil }
        cells.append([
          "\(row)", "\(column)", mean.map(CSV.format) ?? "nan",
          summary.map { "\(mean.map { decimals($0, 3) } ?? "no mean")\\nn = \($0.count)" }
            ?? "not run",
        ])
      }
    }
    let means = (cells["mean"] ?? []).compactMap { Double($0) }.filter(\.isFinite)
    guard let low = means.min(), let high = means.max() else { return nil }
    return Figure(
      name: name,
      caption:
        "Final validation accuracy of \(experiment.name) by \(settings[0]) and \(settings[1]): "
        + "mean over seeds and their number",
      summary: "Heat map of validation accuracy by \(settings[0]) and \(settings[1])",
      source: .script(
        "heat-map",
        inputs: [
          Gnuplot.table("cells", cells), Gnuplot.array("settings", quoting: settings),
          Gnuplot.array("rows", quoting: values[0]), Gnuplot.array("columns", quoting: values[1]),
          "heading = \(Gnuplot.quoted(subject.results.heading(experiment.arms.map(\.completeRuns))))",
          "low = \(CSV.format(low))", "high = \(CSV.format(high > low ? high : low + 1e-6))",
        ]))
  }
}

/// How far an axis has to reach for numbers, and for their intervals where these are not much wider: an
/// interval from two seeds would leave nothing to see of the numbers.
private struct Reach {
  private var numbers: [Double] = []
  private var ends: [Double] = []

  init(including number: Double...) { numbers = number }

  mutating func include(_ number: Double) {
    if number.isDrawable { numbers.append(number) }
  }

  mutating func include(interval low: Double, _ high: Double) {
    ends += [low, high].filter(\.isDrawable)
  }

  /// `nil` without a number.
  var axis: Axis? {
    guard let low = numbers.min(), let high = numbers.max() else { return nil }
    let room = (high - low) / 2
    let lowest = max(low - room, min(low, ends.min() ?? low))
    let highest = min(high + room, max(high, ends.max() ?? high))
    return Axis(around: lowest...highest, logarithmicAbove: .infinity)
  }
}

/// The horizontal axis of a sweep: numbers where all values are, else a place for each.
private struct SweptAxis {
  let positions: [Double]
  private let isNumeric: Bool
  private let range: ClosedRange<Double>
  private let isLogarithmic: Bool
  private let labels: [String]

  init(values: [String]) {
    let numbers = values.compactMap { Double($0) }
    let isNumeric = numbers.count == values.count
    let positions = isNumeric ? numbers : values.indices.map { Double($0 + 1) }
    let axis =
      isNumeric
      ? Axis(around: (numbers.min() ?? 0)...(numbers.max() ?? 0), logarithmicAbove: 20)
      : Axis(0.5...Double(values.count) + 0.5)
    (self.positions, self.isNumeric) = (positions, isNumeric)
    (range, isLogarithmic) = (axis.range, axis.isLogarithmic)
    // A label that would touch the one before it is left out.
    var last = -1.0
    labels = zip(values, positions).map { value, x in
      guard !isNumeric || axis.position(x) - last > 0.02 + 0.013 * Double(value.count) else {
        return ""
      }
      last = axis.position(x)
      return value
    }
  }

  /// The lines of gnuplot that describe it.
  var lines: [String] {
    [
      "left = \(CSV.format(range.lowerBound))", "right = \(CSV.format(range.upperBound))",
      "logarithmic = \(isLogarithmic ? 1 : 0)", "numeric = \(isNumeric ? 1 : 0)",
      Gnuplot.array("places", positions),
      Gnuplot.array("labels", quoting: labels.map { $0.shortened(to: 24) }),
      "longest = \(labels.map(\.count).max() ?? 0)",
    ]
  }
}
