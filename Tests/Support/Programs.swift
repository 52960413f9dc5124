import Foundation
import Support
import Testing

/// How a program ended and what it wrote.
package struct ProgramResult {
  package var status: Int32
  package var output: String
  package var messages: String
}

/// Runs a program, named by its path or looked up on the search path, in a folder and waits for its
/// end.
@discardableResult
package func run(
  _ program: String, _ arguments: [String] = [], in folder: String
) throws -> ProgramResult {
  let result = try Program.run([program] + arguments, in: folder)
  return ProgramResult(
    status: result.status, output: String(decoding: result.output, as: UTF8.self),
    messages: result.messages)
}

/// The path of one of the package's programs, which `swift test` has built beside the tests.
package func builtProgram(_ name: String) -> String {
  URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    .appendingPathComponent(name).path
}

/// Whether a program is on the search path.
package func isInstalled(_ program: String) -> Bool {
  (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    .contains { Files.exists("\($0)/\(program)") }
}
