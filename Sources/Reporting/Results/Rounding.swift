import Foundation
import Support

/// Numbers as prose and tables for people show them. Files keep every digit; this is the only place
/// where digits are dropped.
package enum Rounding {
  /// A number as befits the quantity `name`: accuracies and losses with four decimals, whole numbers in
  /// groups of three digits, all others with four significant digits.
  package static func text(_ number: Double, of name: String) -> String {
    guard number.isFinite else { return CSV.format(number) }
    if name.hasSuffix("accuracy") || name.hasSuffix("loss") || name.hasSuffix("gap") {
      // A diverging loss may have thirty digits before the point.
      return String(format: abs(number) < 1e6 ? "%.4f" : "%.4g", number)
    }
    if number == number.rounded(), abs(number) < 1e15 { return count(Int(number)) }
    return significant(number)
  }

  /// A whole number in groups of three digits: `733,514`.
  package static func count(_ number: Int) -> String {
    var digits = Array(String(number.magnitude))
    for position in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: position)
    }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// Four significant digits.
  package static func significant(_ number: Double) -> String {
    number.isFinite ? String(format: "%.4g", number) : CSV.format(number)
  }

  /// One decimal.
  package static func tenths(_ number: Double) -> String {
    number.isFinite ? String(format: "%.1f", number) : CSV.format(number)
  }

  /// Two decimals.
  package static func hundredths(_ number: Double) -> String {
    number.isFinite ? String(format: "%.2f", number) : CSV.format(number)
  }

  /// A fraction with four decimals.
  package static func fraction(_ number: Double) -> String {
    number.isFinite ? String(format: "%.4f", number) : CSV.format(number)
  }

  /// A difference of fractions with its sign and three decimals.
  package static func signed(_ number: Double) -> String {
    let text = decimals(abs(number), 3)
    guard number.isFinite, Double(text) != 0 else { return text }
    return (number < 0 ? "-" : "+") + text
  }

  /// A p-value.
  package static func probability(_ number: Double) -> String {
    number < 0.0001 ? "below 0.0001" : fraction(number)
  }
}
