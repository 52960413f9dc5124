/// A table in the project's CSV dialect: UTF-8, LF, comma, a header, fields quoted where they must
/// be (RFC 4180), numbers as the shortest decimals that read back as the same number.
package struct Table: Equatable, Sendable {
  /// The names of the columns.
  package let columns: [String]
  /// The fields as text, one array a row, each as long as `columns`.
  package private(set) var rows: [[String]]

  /// - Precondition: Every row has a field for every column.
  package init(columns: [String], rows: [[String]] = []) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a field for every column")
    self.columns = columns
    self.rows = rows
  }

  /// Adds a row.
  ///
  /// - Precondition: There is a field for every column.
  package mutating func append(_ row: [String]) {
    precondition(row.count == columns.count, "a field for every column")
    rows.append(row)
  }

  /// The fields of one column, `nil` where there is no such column.
  package subscript(column: String) -> [String]? {
    columns.firstIndex(of: column).map { index in rows.map { $0[index] } }
  }

  /// The numbers of one column, `nil` where the column is missing or a field is not a number.
  package func numbers(_ column: String) -> [Double]? {
    guard let fields = self[column] else { return nil }
    let numbers = fields.compactMap { Double($0) }
    return numbers.count == fields.count ? numbers : nil
  }

  /// The whole file.
  package var text: String {
    CSV.text([columns] + rows)
  }

  /// Reads a file's text.
  ///
  /// - Parameters:
  ///   - text: The whole file.
  ///   - name: What an error calls the file.
  /// - Throws: `Failure` with code 65 where rows and header do not agree or a quote stays open.
  package init(parsing text: String, name: String) throws {
    var records = try CSV.records(of: text, name: name)
    guard !records.isEmpty else { throw Failure(.corrupt, "\(name): empty, expected a CSV header") }
    columns = records.removeFirst()
    for (index, record) in records.enumerated() where record.count != columns.count {
      throw Failure(
        .corrupt,
        "\(name): row \(index + 1): expected \(columns.count) fields, got \(record.count)")
    }
    rows = records
  }
}

/// The pieces of the dialect, for files that are written row by row.
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
