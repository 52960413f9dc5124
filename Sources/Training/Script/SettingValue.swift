import Support

/// A value of a swept setting, as the command line spells it: a number, a word, or `on` and `off` for
/// `true` and `false`.
public struct SettingValue: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByStringLiteral
{
  let text: String

  /// A number.
  public init(_ number: Double) { text = CSV.format(number) }
  public init(floatLiteral number: Double) { self.init(number) }
  public init(integerLiteral number: Int) { text = "\(number)" }
  public init(booleanLiteral isOn: Bool) { text = isOn ? "on" : "off" }
  public init(stringLiteral word: String) { text = word }
}
