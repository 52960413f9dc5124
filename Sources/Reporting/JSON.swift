import Foundation
import Support

/// A JSON document, read.
package enum JSON: Decodable, Equatable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case unsigned(UInt64)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  /// Reads a document.
  ///
  /// - Throws: `Failure` with code 65 that calls the document `name`.
  package init(parsing text: String, name: String) throws {
    do {
      self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    } catch {
      throw Failure(.corrupt, "\(name): not a JSON document")
    }
  }

  package init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let boolean = try? value.decode(Bool.self) {
      self = .boolean(boolean)
    } else if let integer = try? value.decode(Int64.self) {
      self = .integer(integer)
    } else if let unsigned = try? value.decode(UInt64.self) {
      self = .unsigned(unsigned)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let array = try? value.decode([JSON].self) {
      self = .array(array)
    } else {
      self = .object(try value.decode([String: JSON].self))
    }
  }

  /// A member of an object, `nil` where there is none.
  package subscript(key: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// The value in one line: numbers as the shortest decimals, `none` for null, arrays with commas.
  package var text: String {
    switch self {
    case .null: "none"
    case .boolean(let boolean): boolean ? "true" : "false"
    case .integer(let integer): String(integer)
    case .unsigned(let unsigned): String(unsigned)
    case .number(let number): CSV.format(number)
    case .string(let string): string
    case .array(let elements): elements.map(\.text).joined(separator: ", ")
    case .object:
      flattened.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        .joined(separator: ", ")
    }
  }

  /// The members of an object by their dotted paths (`configuration.batch_size`), as text.
  package var flattened: [String: String] {
    guard case .object(let members) = self else { return [:] }
    var values: [String: String] = [:]
    for (key, member) in members {
      if case .object = member {
        for (path, text) in member.flattened { values["\(key).\(path)"] = text }
      } else {
        values[key] = member.text
      }
    }
    return values
  }
}
