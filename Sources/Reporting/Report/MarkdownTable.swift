import Support

extension Table {
  /// The table in Markdown, with columns of numbers, also with intervals and marks, aligned to the right.
  package var markdown: String {
    func row(_ fields: [String]) -> String {
      "| "
        + fields.map { $0.escapingLineFeeds.substituting("|", by: "\\|") }.joined(separator: " | ")
        + " |"
    }
    let rules = columns.indices.map { index in
      let isNumeric = rows.allSatisfy { row in
        let digits = row[index].filter { !",*±+[]†‡ ".contains($0) }
        return digits.isEmpty || digits.allSatisfy { "0123456789.-–".contains($0) }
          || digits == "none" || Double(digits) != nil
      }
      return isNumeric && !rows.isEmpty ? "---:" : "---"
    }
    return ([row(columns), row(rules)] + rows.map(row)).joined(separator: "\n")
  }
}

extension String {
  /// The text as code in Markdown, in a longer fence than any run of backticks in it.
  var markdownCode: String {
    let longest = split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    let space = longest > 0 ? " " : ""
    return fence + space + self + space + fence
  }

  /// The text in one line, for a row of a table or a label of a figure.
  var escapingLineFeeds: String {
    substituting("\n", by: "\\n").substituting("\r", by: "\\r")
  }
}
