import Support
import Training

/// A number of one or several runs over time: their mean, and the room that they take.
struct MeanCurve {
  /// The points of a run; all numbers can be drawn.
  typealias Points = [(x: Double, y: Double)]

  let label: String
  /// The place of its color and its marker in the palette, from 1; 0 for a shade by the curve's place among
  /// the others.
  let color: Int
  /// Drawn dashed, with an empty marker: beside a solid curve of the same color.
  let isDashed: Bool
  /// The runs that the mean is taken over, and that decide how far an axis reaches.
  let runs: [Points]
  /// The runs that diverged, unless all did.
  let diverged: [Points]

  /// A metric of runs by epoch, where it is above a limit. `x` is the place of an epoch of a run on the
  /// axis.
  init(
    _ label: String, color: Int, isDashed: Bool = false, _ column: String, of runs: [RunResults],
    above limit: Double = -.infinity,
    at x: (_ epoch: Double, RunResults) -> Double = { epoch, _ in epoch }
  ) {
    func points(ofDiverged isDiverged: Bool) -> [Points] {
      runs.filter { ($0.record?.status == .diverged) == isDiverged }.map { run in
        zip(run.numbers("epoch"), run.numbers(column)).map { (x($0, run), $1) }
          .filter { $0.1.isDrawable && $0.1 > limit }
      }
    }
    let count = runs.count { $0.record?.status == .diverged }
    self.init(
      label
        + (count == 0
          ? "" : runs.count == 1 ? ", diverged" : ", \(count) of \(runs.count) diverged"),
      color: color, isDashed: isDashed, runs: points(ofDiverged: count == runs.count),
      diverged: count == runs.count ? [] : points(ofDiverged: true))
  }

  init(_ label: String, color: Int, isDashed: Bool, runs: [Points], diverged: [Points] = []) {
    self.label = label
    self.color = color
    self.isDashed = isDashed
    self.runs = runs.filter { !$0.isEmpty }
    self.diverged = diverged.filter { !$0.isEmpty }
  }
}

/// Curves with their labels at the right end, and lines that they are compared with: a figure drawn by
/// `curves.gp`.
struct Curves {
  /// What the numbers are; it decides how far the vertical axis reaches.
  enum Quantity {
    /// From 0 to 1.
    case fraction
    /// From the smallest to the largest, on a logarithmic scale where they differ by a factor above 8.
    case positive
    /// From 0.
    case rate
  }

  /// A horizontal line.
  struct Reference {
    let label: String
    let value: Double
  }

  let curves: [MeanCurve]
  let references: [Reference]
  let axis: Axis
  /// The lines of gnuplot that name what the horizontal axis shows.
  let horizontal: [String]
  private let label: String
  private let heading: String

  /// The largest room for labels in characters.
  private static let longestLabel = 34
  /// More curves have no thin lines for single runs, which would hide the others.
  private static let mostWithRuns = 4
  private static let (headHeight, footHeight, labelHeight) = (36, 60, 17)

  /// `nil` if there is nothing to draw.
  init?(
    _ curves: [MeanCurve], _ quantity: Quantity, label: String, heading: String,
    references: [Reference] = [], horizontal: [String]
  ) {
    self.curves = curves.filter { !$0.runs.isEmpty }
    let numbers = self.curves.flatMap { $0.runs.flatMap { $0.map(\.y) } }
    guard let low = numbers.min(), let high = numbers.max() else { return nil }
    self.references = references
    let (lowest, highest) = references.map(\.value).reduce((low, high)) {
      (min($0.0, $1), max($0.1, $1))
    }
    axis =
      switch quantity {
      case .fraction: Axis(0...1)
      case .rate: Axis(0...(high > 0 ? high * 1.08 : 1))
      case .positive: Axis(around: lowest...highest)
      }
    self.label = label
    self.heading = heading
    self.horizontal = horizontal
  }

  /// The lines of gnuplot that `curves.gp` needs, for a plot of a height in pixels, or of a larger one if
  /// the labels need it.
  func lines(height: Int = 300) -> [String] {
    let ends = curves.map { curve in
      // The mean ends with the last of the runs.
      let x = curve.runs.compactMap(\.last?.x).max() ?? 0
      return (
        x, y: Statistics.mean(of: curve.runs.filter { $0.last?.x == x }.compactMap(\.last?.y))
      )
    }
    let labels = curves.map(\.label) + references.map(\.label)
    let height = max(height, labels.count * Self.labelHeight)
    let heights = Self.spread(
      (ends.map(\.y) + references.map(\.value)).map(axis.position),
      gap: Double(Self.labelHeight) / Double(height))
    let shown = labels.map { $0.shortened(to: Self.longestLabel) }
    let room = 40 + (shown.map(\.count).max() ?? 0) * 15 / 2
    return [
      Gnuplot.table("curves", table),
      Gnuplot.array("names", quoting: shown), "curve_count = \(curves.count)",
      Gnuplot.array("colors", curves.map { "\($0.color)" }),
      Gnuplot.array("dashed", curves.map { $0.isDashed ? "1" : "0" }),
      Gnuplot.array("runs", thinLines.map { "\($0.count)" }),
      Gnuplot.array("ends_x", ends.map(\.0)), Gnuplot.array("ends_y", ends.map(\.y)),
      Gnuplot.array("label_heights", heights.map { decimals($0, 4) }),
      "label = \(Gnuplot.quoted(label + (axis.isLogarithmic ? ", log scale" : "")))",
      "heading = \(Gnuplot.quoted(heading))",
      "height = \(height + Self.headHeight + Self.footHeight)", "head = \(Self.headHeight)",
      "foot = \(Self.footHeight)", "room = \(room)",
    ] + axis.lines + horizontal
      + (references.isEmpty ? [] : [Gnuplot.array("references", references.map(\.value))])
  }

  /// The runs of each curve that have a thin line of their own.
  private var thinLines: [[MeanCurve.Points]] {
    curves.map { curve in
      let runs = curve.runs + curve.diverged
      return runs.count > 1 && curves.count <= Self.mostWithRuns ? runs : curve.diverged
    }
  }

  /// One row per place on the horizontal axis. A curve has the columns `mean`, `low`, `high` and `mark`,
  /// each with the curve's number, from 1, and for its thin lines `run` with its number and theirs:
  /// `run1_2`.
  private var table: Table {
    typealias Numbers = [Double: Double]
    func byPlace(_ runs: [MeanCurve.Points]) -> [Numbers] {
      runs.map { Numbers($0.map { ($0.x, $0.y) }) { $1 } }
    }
    let (runs, thin) = (curves.map { byPlace($0.runs) }, thinLines.map(byPlace))
    let columns = thin.enumerated().flatMap { index, lines in
      ["mean", "low", "high", "mark"].map { "\($0)\(index + 1)" }
        + lines.indices.map { "run\(index + 1)_\($0 + 1)" }
    }
    let places = Set((runs + thin).joined().flatMap(\.keys)).sorted()
    var table = Table(columns: ["x"] + columns)
    for (place, x) in places.enumerated() {
      let fields = curves.indices.flatMap { curve in
        let present = runs[curve].compactMap { $0[x] }
        let mean = present.isEmpty ? nil : Statistics.mean(of: present)
        let isMarked = Self.isMarked(place, of: places.count, curve: curve)
        return [mean, present.min(), present.max(), isMarked ? mean : nil]
          + thin[curve].map { $0[x] }
      }
      table.append([CSV.format(x)] + fields.map { $0.map(CSV.format) ?? "nan" })
    }
    return table
  }

  /// Whether a curve has a marker at a place: everywhere if there are few, else about ten times, at other
  /// places than its neighbors.
  private static func isMarked(_ place: Int, of count: Int, curve: Int) -> Bool {
    let step = count <= 12 ? 1 : (count + 9) / 10
    return (place + curve * max(1, step / 4)) % step == 0
  }

  /// Moves positions from 0 to 1 apart as little as possible, so that they keep a distance.
  ///
  /// Without their distances, i · gap for the i-th, they only have to keep their order, and the nearest
  /// numbers that do are the means of neighbors that are out of order.
  static func spread(_ positions: [Double], gap: Double) -> [Double] {
    let order = positions.indices.sorted { (positions[$0], $0) < (positions[$1], $1) }
    var groups: [(sum: Double, count: Int)] = []
    for (rank, index) in order.enumerated() {
      var group = (sum: positions[index] - Double(rank) * gap, count: 1)
      while let last = groups.last, last.sum / Double(last.count) > group.sum / Double(group.count)
      {
        groups.removeLast()
        group = (last.sum + group.sum, last.count + group.count)
      }
      groups.append(group)
    }
    let room = max(0, 1 - Double(positions.count - 1) * gap)
    var spread = positions
    var rank = 0
    for group in groups {
      for _ in 0..<group.count {
        let position = min(max(group.sum / Double(group.count), 0), room)
        spread[order[rank]] = position + Double(rank) * gap
        rank += 1
      }
    }
    return spread
  }
}

/// The range of an axis.
struct Axis {
  let range: ClosedRange<Double>
  let isLogarithmic: Bool

  init(_ range: ClosedRange<Double>, isLogarithmic: Bool = false) {
    (self.range, self.isLogarithmic) = (range, isLogarithmic)
  }

  /// An axis with some room around numbers, on a logarithmic scale where they differ by more than a factor
  /// and none is 0 or less.
  init(around numbers: ClosedRange<Double>, logarithmicAbove factor: Double = 8) {
    let (low, high) = (numbers.lowerBound, numbers.upperBound)
    if low > 0, high / low > factor {
      let room = Elementary.exp(Elementary.log(high / low) * 0.05)
      self.init(low / room...high * room, isLogarithmic: true)
    } else {
      let room = high > low ? (high - low) * 0.05 : max(abs(low) * 0.1, 1e-6)
      self.init(low - room...high + room)
    }
  }

  /// The place of a number, 0 at the lower end and 1 at the upper.
  func position(_ number: Double) -> Double {
    let scale = isLogarithmic ? Elementary.log : { $0 }
    let (low, high) = (scale(range.lowerBound), scale(range.upperBound))
    return min(max((scale(number) - low) / (high - low), 0), 1)
  }

  var lines: [String] {
    [
      "low = \(CSV.format(range.lowerBound))", "high = \(CSV.format(range.upperBound))",
      "logarithmic = \(isLogarithmic ? 1 : 0)",
    ]
  }
}

extension Double {
  /// Whether an axis can hold the number.
  var isDrawable: Bool { abs(self) < 1e30 }
}
