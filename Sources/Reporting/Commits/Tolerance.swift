/// The largest difference between two numbers that still count as equal.
package struct Tolerance: Equatable, Sendable {
  /// As a fraction of the larger magnitude.
  package var relative: Double
  /// In the numbers' own unit.
  package var absolute: Double

  /// No difference at all, unless bounds are given.
  package init(relative: Double = 0, absolute: Double = 0) {
    self.relative = relative
    self.absolute = absolute
  }

  /// Whether two fields count as equal: numbers within the tolerance, all else by its text. NaN
  /// equals NaN, and an infinity equals itself.
  package func accepts(_ first: String, _ second: String) -> Bool {
    guard let first = Double(first), let second = Double(second) else { return first == second }
    if first == second || (first.isNaN && second.isNaN) { return true }
    let difference = abs(first - second)
    return difference.isFinite
      && difference <= absolute + relative * max(abs(first), abs(second))
  }
}
