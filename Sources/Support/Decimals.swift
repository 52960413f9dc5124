import Foundation

/// A number with a fixed count of decimals, for people: `decimals(1.8497, 2)` is `1.85`.
package func decimals(_ number: Double, _ count: Int) -> String {
  String(format: "%.\(count)f", number)
}
