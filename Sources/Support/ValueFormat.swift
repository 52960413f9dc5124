/// The text of a kind of values on a command line and in its help, and their JSON in a record.
package struct ValueFormat<Value: Sendable>: Sendable {
  /// The help's word for a value, `N` or `on|off`; `nil` for a flag, which takes none.
  package let placeholder: String?
  /// The accepted values as an error describes them: `a whole number from 1 to 1024`.
  package let expected: String
  /// Reads a word of the command line; `nil` if it is not accepted.
  package let parse: @Sendable (String) -> Value?
  /// Writes a value as `parse` reads it.
  package let text: @Sendable (Value) -> String
  /// Writes a value for a record.
  package let json: @Sendable (Value) -> JSON
  /// Reads a value of a record; `nil` if it is not accepted.
  package let read: @Sendable (JSON) -> Value?

  package init(
    placeholder: String?, expected: String, parse: @escaping @Sendable (String) -> Value?,
    text: @escaping @Sendable (Value) -> String, json: @escaping @Sendable (Value) -> JSON,
    read: @escaping @Sendable (JSON) -> Value?
  ) {
    self.placeholder = placeholder
    self.expected = expected
    self.parse = parse
    self.text = text
    self.json = json
    self.read = read
  }
}

extension ValueFormat {
  /// Values that may be switched off: `none` on the command line and in a record.
  package static func orNone<Wrapped>(
    _ format: ValueFormat<Wrapped>
  ) -> Self where Value == Wrapped? {
    let unset = orUnset("none", format)
    return Self(
      placeholder: format.placeholder.map { "\($0)|none" },
      expected: "\(format.expected) or 'none'",
      parse: { $0 == "none" ? .some(nil) : unset.parse($0) }, text: unset.text, json: unset.json,
      read: unset.read)
  }

  /// Values that may be missing. The help and a record then say `word`, which is not accepted on the
  /// command line.
  package static func orUnset<Wrapped>(
    _ word: String, _ format: ValueFormat<Wrapped>
  ) -> Self where Value == Wrapped? {
    Self(
      placeholder: format.placeholder, expected: format.expected,
      parse: { format.parse($0).map { .some($0) } }, text: { $0.map(format.text) ?? word },
      json: { $0.map(format.json) ?? .string(word) },
      read: { $0 == .string(word) ? .some(nil) : format.read($0).map { .some($0) } })
  }
}

extension ValueFormat where Value: FixedWidthInteger {
  /// Whole numbers in a range.
  package static func integer(in range: ClosedRange<Value>) -> Self {
    let bounds =
      range.upperBound == .max
      ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
    let parse = { @Sendable (text: String) in Value(text).flatMap { range.contains($0) ? $0 : nil }
    }
    return Self(
      placeholder: "N", expected: "a whole number \(bounds)", parse: parse, text: \.description,
      json: { .number($0) }, read: { $0.digits.flatMap(parse) })
  }
}

extension ValueFormat where Value == Double {
  /// Finite numbers in decimals that `isValid` accepts; `expected` describes them.
  package static func number(
    _ expected: String, placeholder: String = "X",
    where isValid: @escaping @Sendable (Double) -> Bool
  ) -> Self {
    let parse = { @Sendable (text: String) in
      CommandLineOptions.decimal(text).flatMap { isValid($0) ? $0 : nil }
    }
    return Self(
      placeholder: placeholder, expected: expected, parse: parse, text: { CSV.format($0) },
      json: { .number($0) }, read: { $0.digits.flatMap(parse) })
  }
}

extension ValueFormat where Value: RawRepresentable<String> & CaseIterable {
  /// One of several words.
  package static var choice: Self {
    let words = Value.allCases.map(\.rawValue)
    return Self(
      placeholder: words.joined(separator: "|"),
      expected: "one of \(words.joined(separator: ", "))", parse: { Value(rawValue: $0) },
      text: \.rawValue, json: { .string($0.rawValue) },
      read: { $0.string.flatMap { Value(rawValue: $0) } })
  }
}

extension ValueFormat where Value == Bool {
  /// `on` or `off`; a boolean in a record.
  package static var onOff: Self {
    Self(
      placeholder: "on|off", expected: "one of on, off",
      parse: { ["on": true, "off": false][$0] }, text: { $0 ? "on" : "off" },
      json: { .boolean($0) }, read: \.boolean)
  }

  /// A flag, on if it is given.
  package static var flag: Self {
    Self(
      placeholder: nil, expected: "no value", parse: { _ in true }, text: { $0 ? "on" : "off" },
      json: { .boolean($0) }, read: \.boolean)
  }
}

extension ValueFormat where Value == String {
  /// A path.
  package static func path(_ placeholder: String) -> Self {
    Self(
      placeholder: placeholder, expected: "a path", parse: { $0 }, text: { $0 },
      json: { .string($0) }, read: \.string)
  }
}
