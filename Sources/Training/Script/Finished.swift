import Foundation
import NeuralNetwork
import Support

/// Thrown when a command line asked for output instead of work (help, a version, a plan), or when work
/// that did not fail ends with an exit code of its own.
package struct Finished: Error {
  /// The text for stdout.
  package let output: String
  /// The exit code.
  package let code: ExitCode

  package init(_ code: ExitCode = .success, output: String = "") {
    self.output = output
    self.code = code
  }
}

/// The version of this package.
package let versionText = "squeezenet-experiments 0.1.0"

/// Runs the body of a command and ends the program if it fails.
package func orExit<Result>(_ command: String, _ body: () throws -> Result) -> Result {
  BufferPool.onExhaustion { bytes in
    Failure(
      .inputOutput,
      "out of memory: no \(bytes) bytes left for activations; a smaller --batch-size needs less"
    ).endProgram()
  }
  do {
    return try body()
  } catch let finished as Finished {
    orExit(command) { try Console.write(finished.output) }
    exit(finished.code.rawValue)
  } catch let failure as Failure {
    Failure(failure.code, "\(command): \(failure.description)").endProgram()
  } catch {
    Failure(.inputOutput, "\(command): \(error)").endProgram()
  }
}
