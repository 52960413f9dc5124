#if canImport(Glibc)
  import Glibc
#endif

/// What a command tells the shell, one code a kind of outcome (after BSD's `sysexits.h`).
public enum ExitCode: Int32, Sendable {
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
public struct Failure: Error, CustomStringConvertible, Equatable {
  /// What the command exits with.
  public let code: ExitCode
  /// The line.
  public let description: String

  /// A failure with its line, which has no line feed.
  public init(_ code: ExitCode, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Ends the program at once, where no caller can be told.
  ///
  /// Nothing is done at the exit: the threads that OpenBLAS starts when it is loaded cannot be waited
  /// for where they found no memory.
  public func endProgram() -> Never {
    Console.complain(description + "\n")
    _exit(code.rawValue)
  }
}
