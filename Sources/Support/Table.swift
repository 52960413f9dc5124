/// A table in the project's CSV dialect: UTF-8, LF, comma, a header, fields quoted where necessary
/// (RFC 4180), numbers as the shortest decimals that read back as the same number.
package struct Table: Equatable, Sendable {
  /// The names of the columns.
  package let columns: [String]
  /// The fields as text, one array per row, each as long as `columns`.
  package private(set) var rows: [[String]]

  /// A table with rows.
  ///
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

  /// The fields of a column, `nil` if there is no such column.
  package subscript(column: String) -> [String]? {
    columns.firstIndex(of: column).map { index in rows.map { $0[index] } }
  }

  /// The numbers of a column, `nil` if the column is missing or a field is not a number.
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
  /// - Throws: `Failure` with code 65 if a row does not have the header's number of fields or a quote
  ///   is never closed.
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

  /// The table in columns of equal width, for a terminal.
  package var aligned: String { ([columns] + rows).aligned }
}

extension [[String]] {
  /// Rows of fields in columns of equal width, for a terminal.
  package var aligned: String {
    let widths = (first ?? []).indices.map { index in map { $0[index].count }.max() ?? 0 }
    return map { fields in
      let padded = zip(fields, widths).map { field, width in
        field + String(repeating: " ", count: width - field.count)
      }.joined(separator: "  ")
      return padded.lastIndex { $0 != " " }.map { padded[...$0] + "\n" } ?? "\n"
    }.joined()
  }
}
