/// One option of a command.
package struct Option: Sendable {
  /// All spellings, `["-b", "--batch-size"]`; the last one is its name.
  package let names: [String]
  /// The help's word for the value; `nil` for a flag, which takes none.
  package let value: String?
  /// One line for the help.
  package let help: String
  /// The default as the help prints it.
  package let defaultValue: String?
  /// Whether it may be given more than once.
  package let isRepeatable: Bool

  /// An option by its spellings, the last one its name; without `value` it is a flag.
  package init(
    _ names: String..., value: String? = nil, help: String, default defaultValue: String? = nil,
    isRepeatable: Bool = false
  ) {
    self.init(
      names: names, value: value, help: help, default: defaultValue, isRepeatable: isRepeatable)
  }

  /// An option by its spellings, the last one its name; without `value` it is a flag.
  package init(
    names: [String], value: String?, help: String, default defaultValue: String?,
    isRepeatable: Bool = false
  ) {
    precondition(!names.isEmpty, "an option has a name")
    self.names = names
    self.value = value
    self.help = help
    self.defaultValue = defaultValue
    self.isRepeatable = isRepeatable
  }

  /// The spelling under which the value is kept.
  package var name: String { names[names.count - 1] }
}

/// The words of a command line, matched with a command's options.
///
/// Every error is a `Failure` with code 64 that names the option.
package struct CommandLineOptions: Sendable {
  /// The texts of each option that is given; several only where it may be repeated.
  private var values: [String: [String]] = [:]
  /// The words that belong to no option, in order.
  package private(set) var arguments: [String] = []

  /// Matches words with options. `--name value` and `--name=value` mean the same; `--` ends the options.
  package init(parsing words: [String], options: [Option]) throws {
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      if word == "--" {
        arguments += words[index...]
        return
      }
      guard word.hasPrefix("-"), word != "-", Double(word) == nil else {
        arguments.append(word)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let spelling = String(parts[0])
      guard let option = options.first(where: { $0.names.contains(spelling) }) else {
        throw Failure(.usage, "unknown option \(spelling)\(Self.hint(spelling, options))")
      }
      guard values[option.name] == nil || option.isRepeatable else {
        throw Failure(.usage, "\(option.name) is given twice")
      }
      if option.value == nil {
        guard parts.count == 1 else { throw Failure(.usage, "\(option.name) takes no value") }
        values[option.name] = [""]
      } else if parts.count == 2 {
        values[option.name, default: []].append(String(parts[1]))
      } else {
        guard index < words.count else {
          throw Failure(.usage, "\(option.name) needs a value (\(option.value ?? ""))")
        }
        values[option.name, default: []].append(words[index])
        index += 1
      }
    }
  }

  /// Whether an option was given.
  package func has(_ name: String) -> Bool { values[name] != nil }

  /// The text of an option, `nil` if it was not given.
  package func text(_ name: String) throws -> String? {
    guard let text = values[name]?.last else { return nil }
    guard !text.isEmpty else { throw Failure(.usage, "\(name): expected a value, got nothing") }
    return text
  }

  /// All texts of an option that may be repeated.
  package func texts(_ name: String) -> [String] { values[name] ?? [] }

  /// The text of an option as a word of the shell; empty if it was not given.
  package func quoted(_ name: String) -> String {
    let text = values[name]?.last ?? ""
    let isPlain = text.utf8.allSatisfy {
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,-+_/=".utf8.contains($0)
    }
    guard !isPlain else { return text }
    return "'" + text.substituting("'", by: "'\\''") + "'"
  }

  /// The value of an option, `nil` if it is not given.
  package func value<Value>(_ name: String, as format: ValueFormat<Value>) throws -> Value? {
    guard let text = format.placeholder == nil ? values[name]?.last : try text(name) else {
      return nil
    }
    guard let value = format.parse(text) else {
      throw Failure(.usage, "\(name): expected \(format.expected), got '\(text)'")
    }
    return value
  }

  /// A whole number in a range.
  package func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    try value(name, as: .integer(in: range))
  }

  /// A finite number that `isValid` accepts; `expected` describes those numbers.
  package func number(
    _ name: String, expected: String, where isValid: @escaping @Sendable (Double) -> Bool
  ) throws -> Double? {
    try value(name, as: .number(expected, where: isValid))
  }

  /// A number written in decimals, `nil` for all other texts (`inf`, `nan` and `0x1` included).
  package static func decimal(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  /// One of several words.
  package func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, of type: Choice.Type
  ) throws -> Choice? {
    try value(name, as: ValueFormat<Choice>.choice)
  }

  /// The option lines of a help text.
  package static func help(_ options: [Option]) -> String {
    let heads = options.map { option in
      option.names.joined(separator: ", ") + (option.value.map { " " + $0 } ?? "")
    }
    let width = min(32, (heads.map(\.count).max() ?? 0) + 2)
    return zip(heads, options).map { head, option in
      let padding =
        head.count + 2 > width
        ? "\n" + String(repeating: " ", count: width + 2)
        : String(repeating: " ", count: width - head.count)
      let words = [option.help] + (option.defaultValue.map { ["(default: \($0))"] } ?? [])
      return "  \(head)\(padding)\(words.joined(separator: " "))\n"
    }.joined()
  }

  private static func hint(_ spelling: String, _ options: [Option]) -> String {
    let names = options.flatMap(\.names)
    let nearest = names.min { distance($0, spelling) < distance($1, spelling) }
    guard let nearest, distance(nearest, spelling) <= 3 else { return "; --help lists all options" }
    return "; did you mean \(nearest)?"
  }

  /// The number of edits between two words (Levenshtein distance).
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let substituted = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
      }
    }
    return row[b.count]
  }
}
