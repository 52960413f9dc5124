import Support
import Training

/// How prose and tables write the results of several seeds. Below three seeds the number carries a mark.
extension SampleSummary {
  /// The mark of a number from fewer than three seeds.
  package static let fewMark = "†"

  /// What the mark means, for the end of a table or a text.
  package static let fewNote =
    "\(fewMark) From fewer than three seeds: how much seeds differ is hardly known."

  private var mark: String { count < 3 ? " \(Self.fewMark)" : "" }

  /// The number of runs, `3` or `1 †`.
  package var countText: String { "\(count)\(mark)" }

  /// The mean with the standard deviation and the number of runs, `0.631 ± 0.048 (n = 3)`.
  package var markedText: String { text + mark }

  /// The mean of differences with its interval, `+0.118 (95 % interval +0.020 to +0.216, n = 3)`.
  package var differenceText: String {
    guard count > 0 else { return "–" }
    let interval = interval.map { "95 % interval \($0.differenceText), " } ?? ""
    return "\(Rounding.signed(mean)) (\(interval)n = \(count))\(mark)"
  }
}

extension ClosedRange<Double> {
  /// `0.598 to 0.640`.
  package var text: String { "\(decimals(lowerBound, 3)) to \(decimals(upperBound, 3))" }

  /// `-0.020 to +0.216`.
  package var differenceText: String {
    "\(Rounding.signed(lowerBound)) to \(Rounding.signed(upperBound))"
  }
}

extension ArmResults {
  /// The numbers of silenced classes by seed, `2, 0, 1`.
  package var silencedClassCounts: String {
    runs.map { $0.record?.silencedClassCount.map(String.init) ?? "–" }.joined(separator: ", ")
  }

  /// The numbers of never predicted classes by seed.
  package var neverPredictedClassCounts: String {
    runs.map { $0.neverPredictedClasses.map { "\($0.count)" } ?? "–" }
      .joined(separator: ", ")
  }
}
