import Support
import Training

/// An arm beside another, over the seeds that complete runs of both share.
package struct ArmComparison: Sendable {
  package let arm: ArmResults
  package let other: ArmResults
  /// The runs of both arms with the same seed, by seed.
  package let pairs: [(run: RunResults, other: RunResults)]

  package init(_ arm: ArmResults, to other: ArmResults) {
    self.arm = arm
    self.other = other
    pairs = arm.completeRuns.compactMap { run in
      other.completeRuns.first { $0.seed == run.seed }.map { (run, $0) }
    }
  }

  /// A metric of the arm minus that of the other, paired over common seeds; `nil` without any.
  package func difference(_ metric: String) -> SampleSummary? {
    guard !pairs.isEmpty else { return nil }
    return SampleSummary(
      differencesOf: pairs.map { $0.run.final(metric) }, from: pairs.map { $0.other.final(metric) })
  }

  /// The answers of the runs with the first common seed; `nil` where they have no image in common.
  package var predictions: PairedPredictions? {
    guard let (run, other) = pairs.first, let mine = run.predictions, let theirs = other.predictions
    else { return nil }
    // The columns were checked when the runs were read.
    return try? PairedPredictions(
      mine, theirs,
      names: (RunFile.predictions.path(in: run.folder), RunFile.predictions.path(in: other.folder)))
  }

  // MARK: - Silenced classes

  /// Whether runs with the same seed have different silenced classes.
  package var differsInSilencedClasses: Bool {
    pairs.contains { run, other in
      if let classes = run.silencedClasses, let others = other.silencedClasses {
        return classes != others
      }
      return run.record?.silencedClassCount != other.record?.silencedClassCount
    }
  }

  /// The classes that no run of the pairs silences; `nil` where that is not known.
  package var aliveClasses: [Int]? {
    guard let count = pairs.first?.run.confusionMatrix?.names.count else { return nil }
    var alive = Set(0..<count)
    for run in pairs.flatMap({ [$0.run, $0.other] }) {
      guard let silenced = run.silencedClasses else { return nil }
      alive.subtract(silenced)
    }
    return alive.sorted()
  }

  /// The accuracies of both arms and their difference over the validation images of the classes that are
  /// alive in both; `nil` where these are not known or there are no images of any.
  package var accuraciesOverAliveClasses:
    (arm: SampleSummary, other: SampleSummary, difference: SampleSummary)?
  {
    guard let alive = aliveClasses else { return nil }
    func accuracies(_ runs: [RunResults]) -> [Double] {
      runs.compactMap {
        let counted = $0.confusionMatrix?.recognized(where: alive.contains)
        return counted.flatMap { $0.images > 0 ? Double($0.right) / Double($0.images) : nil }
      }
    }
    let (mine, theirs) = (accuracies(pairs.map(\.run)), accuracies(pairs.map(\.other)))
    guard mine.count == pairs.count, theirs.count == pairs.count else { return nil }
    return (
      SampleSummary(mine), SampleSummary(theirs),
      SampleSummary(differencesOf: mine, from: theirs)
    )
  }
}

extension Results {
  /// Every arm that is compared with another, in reading order: the arms of a sweep with its first one,
  /// the only arm of an experiment with the first arm of the first experiment.
  package var comparisons: [ArmComparison] {
    complete.flatMap { experiment in
      experiment.arms.compactMap { arm in
        baseline(of: arm, in: experiment).map { ArmComparison(arm, to: $0) }
      }
    }
  }

  /// The arm that another is compared with; `nil` for one that others are compared with.
  private func baseline(of arm: ArmResults, in experiment: ExperimentResults) -> ArmResults? {
    let candidates = experiment.arms.count > 1 ? experiment.arms : complete.flatMap(\.arms)
    let complete = candidates.filter { !$0.completeRuns.isEmpty }
    return (complete.first { $0.arm.values.isEmpty } ?? complete.first).flatMap {
      $0.experiment == arm.experiment && $0.arm == arm.arm ? nil : $0
    }
  }
}
