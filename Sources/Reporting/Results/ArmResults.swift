import Support
import Training

/// The runs of one arm of an experiment, which differ in the seed alone.
package struct ArmResults: Sendable {
  /// The experiment's name.
  package let experiment: String
  package let arm: Arm
  /// At least one, by seed.
  package let runs: [RunResults]

  /// The name in a table or legend: `norm`, `dropout 0.25`.
  package var label: String { arm.label(in: experiment) }

  /// The runs that reached their end; the others do not count for any statistic.
  package var completeRuns: [RunResults] { runs.filter(\.isComplete) }

  /// A metric of the complete runs over the seeds, as `RunResults.final` has it.
  package func final(_ metric: String) -> SampleSummary {
    SampleSummary(completeRuns.map { $0.final(metric) })
  }
}
