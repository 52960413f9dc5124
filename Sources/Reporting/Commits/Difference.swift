/// How far one value of a metric is from another.
package struct Difference {
  private let old: Double
  private let new: Double

  package init(_ old: String, _ new: String) {
    self.old = Double(old) ?? .nan
    self.new = Double(new) ?? .nan
  }

  /// The magnitude of the difference; infinite where a value is not a number.
  package var absolute: Double {
    let difference = abs(new - old)
    return difference.isNaN ? .infinity : difference
  }

  /// The magnitude as a fraction of the old value's.
  package var relative: Double { absolute / abs(old) }

  /// `+0.01 (+2%)`.
  package var text: String {
    func signed(_ number: Double) -> String {
      (number > 0 ? "+" : "") + Rounding.significant(number)
    }
    let difference = signed(new - old)
    guard relative.isFinite else { return difference }
    return "\(difference) (\(signed((new - old) / abs(old) * 100))%)"
  }
}
