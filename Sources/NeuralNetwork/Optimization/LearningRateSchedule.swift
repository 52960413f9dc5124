/// The learning rate as a function of the epoch: `schedule(epoch: 3)`.
///
/// Each schedule is a type in its own file; `Settings.schedule` chooses one.
package protocol LearningRateSchedule: Sendable {
  /// The learning rate of an epoch, counted from 1.
  func callAsFunction(epoch: Int) -> Double
}
