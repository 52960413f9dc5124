extension String {
  /// A file's text.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What an error calls the file.
  /// - Throws: `Failure` with code 65 if it is not UTF-8.
  package init(utf8 bytes: [UInt8], name: String) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.corrupt, "\(name): not UTF-8 text")
    }
    self = text
  }

  /// Replaces every occurrence of a Unicode scalar, even before a combining mark, with which it forms a
  /// single `Character` that `replacing(_:with:)` would not find.
  package func substituting(_ sign: Unicode.Scalar, by replacement: String) -> String {
    var text = ""
    for scalar in unicodeScalars {
      if scalar == sign {
        text += replacement
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension StringProtocol {
  /// The text without white space at either end.
  package var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}

extension String {
  /// A digest shortened to twelve digits, enough to recognize it; any other text unchanged.
  package var abbreviated: String {
    let isDigest = count >= 40 && allSatisfy(\.isHexDigit)
    return isDigest ? "\(prefix(12))…" : self
  }
}
