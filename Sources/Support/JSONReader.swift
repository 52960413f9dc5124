/// The reason why a text is not JSON, and the offset in bytes of the first one that does not belong.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  package let reason: String
  package let offset: Int

  package var description: String { "\(reason) at byte \(offset)" }
}

/// A recursive-descent reader. Every `read` function starts at the first byte of its element and ends
/// after the last one.
struct JSONReader {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  /// Recursion deeper than any useful document would exhaust the stack.
  static let maximumDepth = 128

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The byte at the position, `nil` at the end.
  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ reason: String) -> JSONError {
    JSONError(reason: reason, offset: position)
  }

  private func unexpected(_ expected: String) -> JSONError {
    error(next == nil ? "the text ends, expected \(expected)" : "expected \(expected)")
  }

  mutating func readDocument() throws(JSONError) -> JSON {
    let value = try readValue()
    skipSpace()
    guard next == nil else { throw unexpected("the end of the text") }
    return value
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  /// Skips a byte if it is the next one.
  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard let byte = next, byte == character.value else { return false }
    position += 1
    return true
  }

  private mutating func readValue() throws(JSONError) -> JSON {
    skipSpace()
    guard let byte = next else { throw unexpected("a value") }
    switch Unicode.Scalar(byte) {
    case "{": return .object(try nested { (reader) throws(JSONError) in try reader.readObject() })
    case "[": return .array(try nested { (reader) throws(JSONError) in try reader.readArray() })
    case "\"": return .string(try readString())
    case "-", "0"..."9": return .number(try readNumber())
    default: return try readWord()
    }
  }

  private mutating func nested<Value>(
    _ read: (inout JSONReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value {
    guard depth < Self.maximumDepth else { throw error("nested too deep") }
    depth += 1
    position += 1
    let value = try read(&self)
    depth -= 1
    return value
  }

  private mutating func readObject() throws(JSONError) -> [String: JSON] {
    var members: [String: JSON] = [:]
    skipSpace()
    if skip("}") { return members }
    repeat {
      skipSpace()
      let start = position
      guard next == 0x22 else { throw unexpected("a name in quotes") }
      let name = try readString()
      skipSpace()
      guard skip(":") else { throw unexpected("':'") }
      let value = try readValue()
      guard members.updateValue(value, forKey: name) == nil else {
        position = start
        throw error("duplicate name \(JSON.quote(name))")
      }
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw unexpected("',' or '}'") }
    return members
  }

  private mutating func readArray() throws(JSONError) -> [JSON] {
    var values: [JSON] = []
    skipSpace()
    if skip("]") { return values }
    repeat {
      values.append(try readValue())
      skipSpace()
    } while skip(",")
    guard skip("]") else { throw unexpected("',' or ']'") }
    return values
  }

  private mutating func readWord() throws(JSONError) -> JSON {
    let words: [(String, JSON)] = [
      ("true", .boolean(true)), ("false", .boolean(false)), ("null", .null),
    ]
    for (word, value) in words where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw unexpected("a value")
  }

  private mutating func readNumber() throws(JSONError) -> String {
    let start = position
    _ = skip("-")
    if !skip("0") { try readDigits() }
    if skip(".") { try readDigits() }
    if skip("e") || skip("E") {
      _ = skip("+") || skip("-")
      try readDigits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func readDigits() throws(JSONError) {
    guard let first = next, isDigit(first) else { throw unexpected("a digit") }
    while let byte = next, isDigit(byte) { position += 1 }
  }

  private mutating func readString() throws(JSONError) -> String {
    let start = position
    position += 1
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case 0x22:
        guard let string = String(validating: text, as: UTF8.self) else {
          position = start
          throw error("a string that is not UTF-8")
        }
        return string
      case 0x5C: text += Array(String(try readEscape()).utf8)
      case ..<0x20:
        position -= 1
        throw error("a control character in a string")
      default: text.append(byte)
      }
    }
    throw unexpected("the end of a string")
  }

  /// Reads the rest of an escape, after its backslash.
  private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = next else { throw unexpected("the end of an escape") }
    position += 1
    switch Unicode.Scalar(byte) {
    case "\"": return "\""
    case "\\": return "\\"
    case "/": return "/"
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": return try readUnicodeEscape()
    default:
      position -= 1
      throw error("an unknown escape")
    }
  }

  /// Reads the rest of an escape after `\u`, the second half of a surrogate pair included.
  private mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let first = try readHexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), skip("\\"), skip("u") else {
      throw error("half a surrogate pair")
    }
    let second = try readHexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw error("half a surrogate pair") }
    return scalar
  }

  private mutating func readHexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}

/// Whether a byte is an ASCII digit.
func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
