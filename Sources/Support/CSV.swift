/// The project's CSV dialect, as `Table` describes it, for files that are written row by row.
package enum CSV {
  /// One row with its line feed.
  package static func line(_ fields: [String]) -> String {
    fields.map(quote).joined(separator: ",") + "\n"
  }

  /// Several rows.
  package static func text(_ rows: [[String]]) -> String { rows.map(line).joined() }

  /// A number as the shortest decimal that reads back as the same number; `nan`, `inf`, `-inf`.
  package static func format(_ number: Double) -> String {
    trim(number.description)
  }

  /// A number as the shortest decimal that reads back as the same number; `nan`, `inf`, `-inf`.
  package static func format(_ number: Float) -> String {
    trim(number.description)
  }

  private static func trim(_ description: String) -> String {
    if description.hasSuffix(".0") { return String(description.dropLast(2)) }
    return description.hasSuffix("nan") ? "nan" : description
  }

  private static func quote(_ field: String) -> String {
    guard field.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D })
    else { return field }
    return "\"" + field.substituting("\"", by: "\"\"") + "\""
  }

  /// Splits text into records of fields.
  package static func records(of text: String, name: String) throws -> [[String]] {
    var records: [[String]] = []
    var record: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    var line = 1
    let bytes = Array(text.utf8)
    var index = 0
    func endField() {
      record.append(String(decoding: field, as: UTF8.self))
      field.removeAll(keepingCapacity: true)
    }
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == 0x0A { line += 1 }
      if isQuoted {
        if byte != 0x22 {
          field.append(byte)
        } else if index < bytes.count, bytes[index] == 0x22 {
          field.append(0x22)
          index += 1
        } else {
          isQuoted = false
        }
      } else if byte == 0x22, field.isEmpty {
        isQuoted = true
      } else if byte == 0x2C {
        endField()
      } else if byte == 0x0A {
        endField()
        records.append(record)
        record = []
      } else if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A {
        continue
      } else {
        field.append(byte)
      }
    }
    if isQuoted { throw Failure(.corrupt, "\(name): line \(line): a quote is never closed") }
    if !field.isEmpty || !record.isEmpty {
      endField()
      records.append(record)
    }
    return records
  }
}
