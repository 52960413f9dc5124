extension String {
  /// The text with a sign replaced wherever it stands, also where a combining mark follows, which
  /// makes the two one `Character`.
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
