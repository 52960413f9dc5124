/// A few steps with other settings, which an experiment makes beside each of its runs to show their effect.
struct BriefTraining: Sendable {
  /// The number of steps; training stops earlier if the loss is no longer finite.
  let steps: Int
  /// The name of the folder of its `steps.csv` in that of the run.
  let folder: String
  /// Changes the run's settings.
  let change: @Sendable (inout Settings) -> Void
}
