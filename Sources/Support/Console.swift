#if canImport(Glibc)
  import Glibc
#endif

/// Standard output and standard error. Either may be a file on a full disk, or closed.
package enum Console {
  /// Writes a text to standard output.
  ///
  /// - Throws: `Failure` with code 74 if it cannot be written.
  package static func write(_ text: String) throws {
    let error = write(text, to: STDOUT_FILENO)
    guard error == 0 else {
      throw Failure(.inputOutput, "cannot write to standard output: \(Files.reason(error))")
    }
  }

  /// Writes a line to standard output.
  ///
  /// - Throws: `Failure` with code 74 if it cannot be written.
  package static func print(_ line: String) throws { try write(line + "\n") }

  /// Writes a line to standard error, with control characters, which file names may contain, escaped.
  /// Errors are ignored: there is no other place to report them.
  package static func report(_ line: String) {
    let visible = line.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : "\(scalar)"
    }
    draw(visible.joined() + "\n")
  }

  /// Writes a text to standard error as it is, control characters included.
  package static func draw(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// - Returns: The error number, 0 on success.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    let bytes = Array(text.utf8)
    return bytes.withUnsafeBytes { Files.write($0, to: descriptor) }
  }
}
