import Support

extension Report {
  /// What the runs say, in three sentences and one table.
  func inShort() -> [String] {
    let arms = results.complete.flatMap(\.arms)
    guard arms.contains(where: { !$0.completeRuns.isEmpty }) else { return [] }
    var parts = [
      "## In short",
      [accuracySentence, differenceSentence, silencingSentence].joined(separator: " "),
      answers.markdown,
      "Accuracies are those of the validation images after the last epoch: the mean over seeds ± the "
        + "standard deviation. Differences are paired over common seeds, with Student's 95 % interval of "
        + "their mean. The arms of a sweep are compared with its first one, other experiments with the "
        + "first experiment. A class is silenced where the ReLU after the last convolution holds its "
        + "logit at 0 on at least 99 % of the validation images, and never predicted where no prediction "
        + "names it; both are counted seed by seed.",
    ]
    let few = arms.contains { $0.completeRuns.count < 3 }
    if few { parts.append(SampleSummary.fewNote) }
    if results.comparisons.contains(where: { $0.pairs.count == 1 }) {
      parts.append(
        "\(Self.imagesMark) From a single seed: the interval is the paired bootstrap's over the "
          + "validation images, and says nothing about other seeds.")
    }
    return parts + silencingWarning(about: results.comparisons)
  }

  /// The mark of an interval that is about images, not seeds.
  private static let imagesMark = "‡"

  // MARK: - Sentences

  private var accuracySentence: String {
    let arms = results.complete.flatMap(\.arms).filter { !$0.completeRuns.isEmpty }
    guard var best = arms.first else { return "" }
    func mean(_ arm: ArmResults) -> Double { arm.final("val_accuracy").mean }
    for arm in arms where mean(arm) > mean(best) { best = arm }
    let accuracy = best.final("val_accuracy").markedText
    return arms.count == 1
      ? "**\(best.label)** is right on \(accuracy) of the validation images."
      : "The most accurate of \(arms.count) arms on the validation images is **\(best.label)** with "
        + "\(accuracy)."
  }

  private var differenceSentence: String {
    let comparisons = results.comparisons.filter { !$0.pairs.isEmpty }
    guard !comparisons.isEmpty else { return "There is no arm yet to compare it with." }
    // With a single seed there is no interval over seeds.
    let clear = comparisons.filter {
      $0.pairs.count > 1 && interval(of: $0).map { !$0.contains(0) } ?? false
    }
    let count = "Of \(comparisons.count) compared arm\(comparisons.count == 1 ? "" : "s"), "
    let difference = "from the baseline with a 95 % interval that leaves out 0"
    guard !clear.isEmpty else { return count + "none differs \(difference)." }
    let names = clear.map { comparison in
      let difference = comparison.difference("val_accuracy").map { Rounding.signed($0.mean) } ?? "–"
      return "\(comparison.arm.label) (\(difference)\(mark(of: comparison)))"
    }
    return count + "\(clear.count) \(clear.count == 1 ? "differs" : "differ") \(difference): "
      + "\(names.joined(separator: ", "))."
  }

  private var silencingSentence: String {
    let runs = results.allRuns.map(\.1).filter(\.isComplete)
    let silencing = runs.filter { ($0.record?.silencedClassCount ?? 0) > 0 }
    let different = results.comparisons.filter(\.differsInSilencedClasses)
    return silencing.isEmpty
      ? "No run silences a class."
      : "\(silencing.count) of \(runs.count) runs silence\(silencing.count == 1 ? "s" : "") classes, and \(different.count) of the "
        + "comparisons \(different.count == 1 ? "is" : "are") between runs that differ in it."
  }

  // MARK: - Table

  private var answers: Table {
    let comparisons = results.comparisons
    return Table(
      columns: [
        "arm", "n", "accuracy", "difference [95 % interval]", "compared with", "silenced classes",
        "never predicted",
      ],
      rows: results.complete.flatMap(\.arms).map { arm in
        let comparison = comparisons.first {
          $0.arm.experiment == arm.experiment && $0.arm.arm == arm.arm
        }
        let accuracy = arm.final("val_accuracy")
        return [
          arm.label, accuracy.countText, accuracy.meanText, comparison.map(difference) ?? "–",
          comparison?.other.label ?? "–", arm.silencedClassCounts, arm.neverPredictedClassCounts,
        ]
      })
  }

  /// The difference of accuracies with its interval, `+0.118 [+0.020, +0.216]`.
  private func difference(_ comparison: ArmComparison) -> String {
    guard let difference = comparison.difference("val_accuracy") else { return "–" }
    let bounds = interval(of: comparison).map {
      " [\(Rounding.signed($0.lowerBound)), \(Rounding.signed($0.upperBound))]"
    }
    return Rounding.signed(difference.mean) + (bounds ?? "") + mark(of: comparison)
  }

  private func mark(of comparison: ArmComparison) -> String {
    comparison.pairs.count == 1 ? " \(Self.imagesMark)" : ""
  }

  /// The 95 % interval of a difference of accuracies: over seeds, or with a single one over images.
  private func interval(of comparison: ArmComparison) -> ClosedRange<Double>? {
    comparison.pairs.count == 1
      ? comparison.predictions?.interval : comparison.difference("val_accuracy")?.interval
  }

  // MARK: - Silenced classes

  /// Says which comparisons are between runs that differ in silenced classes, and what is left of the
  /// difference without those classes; empty if there are none.
  func silencingWarning(about comparisons: [ArmComparison]) -> [String] {
    let lines = comparisons.filter(\.differsInSilencedClasses).map { comparison in
      let pair = "> - \(comparison.arm.label) against \(comparison.other.label): "
      guard let alive = comparison.aliveClasses else {
        return pair + "an older record does not say which classes are silenced"
      }
      guard let over = comparison.accuraciesOverAliveClasses else {
        return pair + "no class is left"
      }
      return pair
        + "\(over.arm.meanText) against \(over.other.meanText) over \(alive.count) class\(alive.count == 1 ? "" : "es"), "
        + "difference \(over.difference.differenceText)"
    }
    guard !lines.isEmpty else { return [] }
    let warning =
      "> **Different silenced classes.** These comparisons measure first of all which classes the "
      + "ReLU after the last convolution silences. Over the classes alive in both:"
    return [([warning, ">"] + lines).joined(separator: "\n")]
  }
}
