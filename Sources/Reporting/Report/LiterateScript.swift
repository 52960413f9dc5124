/// A literate Swift script, cut into prose and code.
///
/// The whole grammar: a line that starts with `//:` is Markdown, every other line is Swift; a line
/// `//-` splits a block of code; a line of code that ends in `//hide` runs but is not shown.
package struct LiterateScript: Equatable, Sendable {
  /// Adjacent lines of one kind, without blank lines at either end.
  package enum Chunk: Equatable, Sendable {
    /// Markdown. `firstLine` is the number of the first line in the script, from 1.
    case prose([String], firstLine: Int)
    /// Swift.
    case code([String])
  }

  /// The chunks in order; none is empty.
  package let chunks: [Chunk]

  /// Cuts the text of a script.
  package init(parsing text: String) {
    var chunks: [Chunk] = []
    var prose: [String] = []
    var code: [String] = []
    var firstLine = 0

    func endProse() {
      let blankLines = prose.prefix { isBlank($0) }.count
      let lines = trimBlankEnds(prose)
      if !lines.isEmpty { chunks.append(.prose(lines, firstLine: firstLine + blankLines)) }
      prose = []
    }
    func endCode() {
      let lines = trimBlankEnds(code)
      if !lines.isEmpty { chunks.append(.code(lines)) }
      code = []
    }

    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in lines.enumerated() {
      if line.hasPrefix("//:") {
        endCode()
        if prose.isEmpty { firstLine = index + 1 }
        let content = line.dropFirst(3)
        prose.append(String(content.first == " " ? content.dropFirst() : content))
        continue
      }
      endProse()
      let end = line.lastIndex { $0 != " " && $0 != "\t" }
      let content = end.map { line[...$0] } ?? ""
      if content == "//-" {
        endCode()
      } else if !content.hasSuffix("//hide") {
        code.append(String(content))
      }
    }
    endProse()
    endCode()
    self.chunks = chunks
  }

  /// Whether the script opens with a heading of the first level.
  package var hasTitle: Bool {
    guard case .prose(let lines, _) = chunks.first else { return false }
    return lines[0].hasPrefix("# ")
  }

  /// A block of Swift as Markdown, in a fence wider than any run of backticks in it.
  package static func fenced(_ code: [String]) -> String {
    var longest = 2
    for line in code {
      var run = 0
      for character in line {
        run = character == "`" ? run + 1 : 0
        longest = max(longest, run)
      }
    }
    let fence = String(repeating: "`", count: longest + 1)
    return (["\(fence)swift"] + code + [fence]).joined(separator: "\n")
  }
}

private func isBlank(_ line: String) -> Bool {
  line.allSatisfy { $0 == " " || $0 == "\t" }
}

private func trimBlankEnds(_ lines: [String]) -> [String] {
  guard let first = lines.firstIndex(where: { !isBlank($0) }),
    let last = lines.lastIndex(where: { !isBlank($0) })
  else { return [] }
  return Array(lines[first...last])
}
