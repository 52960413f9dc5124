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

  /// A metric after the last epoch over the seeds.
  package func final(_ column: String) -> SampleSummary {
    SampleSummary(runs.map { $0.final(column) })
  }

  /// The best validation accuracy over the seeds.
  package var best: SampleSummary { SampleSummary(runs.map { $0.best?.accuracy ?? .nan }) }
}
