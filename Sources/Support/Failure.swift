#if canImport(Glibc)
  import Glibc
#endif

/// What a command tells the shell, one code a kind of outcome (after BSD's `sysexits.h`).
package enum ExitCode: Int32, Sendable {
  case success = 0
  /// A comparison found differences.
  case differences = 1
  /// A comparison could not be made.
  case incomparable = 2
  /// A training's loss stopped being a number.
  case diverged = 3
  /// The command line is wrong.
  case usage = 64
  /// Data, weights or a checkpoint cannot be used.
  case corrupt = 65
  /// A named input is not there.
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
  /// What the command exits with.
  package let code: ExitCode
  /// The line.
  package let description: String

  /// A failure with its line, which has no line feed.
  package init(_ code: ExitCode, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Ends the program at once, where no caller can be told.
  ///
  /// Nothing is done at the exit: threads that found no memory cannot be waited for.
  package func endProgram() -> Never {
    Console.report(description)
    _exit(code.rawValue)
  }

  /// Several failures of one kind of thing as one, `3 of 10 images cannot be used: …`.
  ///
  /// Its code is the one that they share, else that of the damaged ones.
  ///
  /// - Parameters:
  ///   - failures: At least one; a single one stays as it is.
  ///   - total: What the failures are some of, `10 images`.
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
  /// The texts in one line: the first ones, and how many more there are.
  package func listed(limit: Int, separator: String = ", ") -> String {
    let shown = prefix(limit).joined(separator: separator)
    return count > limit ? "\(shown)\(separator)and \(count - limit) more" : shown
  }
}
