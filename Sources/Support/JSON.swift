/// A JSON value (RFC 8259), read more strictly than Foundation reads it: an object may have a name only
/// once, and numbers keep their digits.
package enum JSON: Equatable, Sendable {
  case object([String: JSON])
  case array([JSON])
  case string(String)
  /// The number's text.
  case number(String)
  case boolean(Bool)
  case null

  /// Reads a whole text. Only white space may surround the value.
  ///
  /// - Throws: `JSONError` at the first byte that does not belong.
  package init(parsing text: some Sequence<UInt8>) throws(JSONError) {
    var reader = JSONReader(bytes: Array(text))
    self = try reader.readDocument()
  }

  /// The number if it is written in digits alone and not above `Int.max`.
  package var count: Int? {
    guard case .number(let text) = self, text.utf8.allSatisfy(isDigit) else { return nil }
    return Int(text)
  }

  /// The elements of an array if all of them are counts.
  package var counts: [Int]? {
    guard case .array(let values) = self else { return nil }
    let counts = values.compactMap(\.count)
    return counts.count == values.count ? counts : nil
  }

  /// A finite number as its shortest decimal.
  ///
  /// - Precondition: JSON has no infinity and no NaN.
  package static func number(_ value: Double) -> JSON {
    precondition(value.isFinite, "a finite number")
    return .number(CSV.format(value))
  }

  /// A whole number.
  package static func number(_ value: some BinaryInteger) -> JSON { .number(value.description) }

  /// The value with one member or element per line and names sorted, so that equal values have equal
  /// bytes.
  package var text: String { text(depth: 0) }

  private func text(depth: Int) -> String {
    func list(_ open: String, _ items: [String], _ close: String) -> String {
      guard !items.isEmpty else { return open + close }
      let line = "\n" + String(repeating: "  ", count: depth)
      return open + items.map { line + "  " + $0 }.joined(separator: ",") + line + close
    }
    switch self {
    case .null: return "null"
    case .boolean(let value): return value ? "true" : "false"
    case .number(let digits): return digits
    case .string(let text): return Self.quote(text)
    case .array(let values): return list("[", values.map { $0.text(depth: depth + 1) }, "]")
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      return list(
        "{", sorted.map { Self.quote($0.key) + ": " + $0.value.text(depth: depth + 1) }, "}")
    }
  }

  /// A text as a JSON string with its quotes; control characters are escaped, all others stay.
  package static func quote(_ text: String) -> String {
    let digits = Array("0123456789abcdef")
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\u{8}": quoted += "\\b"
      case "\u{C}": quoted += "\\f"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "\0"..<" ":
        quoted += "\\u00"
        quoted.append(digits[Int(scalar.value >> 4)])
        quoted.append(digits[Int(scalar.value & 15)])
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
