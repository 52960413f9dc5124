#if canImport(Glibc)
  import Glibc
#endif

/// The exit code of a command, one per kind of outcome; those from 64 on follow BSD's `sysexits.h`.
package enum ExitCode: Int32, Sendable {
  case success = 0
  /// A comparison found differences.
  case differences = 1
  /// A comparison could not be made.
  case incomparable = 2
  /// The loss of a training is no longer a finite number.
  case diverged = 3
  /// The command line is wrong.
  case usage = 64
  /// Data, weights or a checkpoint cannot be used.
  case corrupt = 65
  /// An input does not exist.
  case missing = 66
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed, for example because a disk is full.
  case inputOutput = 74
  /// Stopped by a signal, after saving a checkpoint.
  case interrupted = 130
}

/// A failure of the world rather than of the program: one line for the user and an exit code.
///
/// The line is lower case and says what, where, expected and got, and the next step.
package struct Failure: Error, CustomStringConvertible, Equatable {
  /// The exit code.
  package let code: ExitCode
  /// The line.
  package let description: String

  /// A failure with its line, without a line feed.
  package init(_ code: ExitCode, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Prints the line and ends the program at once.
  ///
  /// No exit handlers run: they would wait for threads that may never end.
  package func endProgram() -> Never {
    Console.report(description)
    _exit(code.rawValue)
  }

  /// Combines several failures of one kind, `3 of 10 images cannot be used: …`.
  ///
  /// The code is the one that they share, else `corrupt`.
  ///
  /// - Parameters:
  ///   - failures: At least one; a single one stays as it is.
  ///   - total: All things of the kind, failed or not: `10 images`.
  package init(_ failures: [Failure], of total: String) {
    precondition(!failures.isEmpty, "at least one failure")
    guard failures.count > 1 else {
      self = failures[0]
      return
    }
    let codes = Set(failures.map(\.code))
    self.init(
      codes.count == 1 ? failures[0].code : .corrupt,
      "\(failures.count) of \(total) cannot be used: "
        + failures.map(\.description).listed(limit: 20, separator: "; "))
  }
}

/// Calls a body and gives its `Failure` another exit code, for a command to which it means something
/// else: a damaged file is code 65, a comparison that cannot be made because of it is code 2.
package func failing<Result>(as code: ExitCode, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let failure as Failure {
    throw Failure(code, failure.description)
  }
}

extension [String] {
  /// The texts in one line: the first ones, and the number of the others.
  package func listed(limit: Int, separator: String = ", ") -> String {
    let shown = prefix(limit).joined(separator: separator)
    return count > limit ? "\(shown)\(separator)and \(count - limit) more" : shown
  }
}
