import Foundation

/// Another program, run to its end.
package enum Program {
  /// The outcome of a program.
  package struct Result {
    package let status: Int32
    package let output: [UInt8]
    /// All that it wrote to its standard error.
    package let messages: String

    /// The last line of its messages.
    package var complaint: String { messages.split(separator: "\n").last?.trimmed ?? "" }
  }

  /// Runs a program that is found by the shell's search path.
  ///
  /// - Parameters:
  ///   - words: The program and its arguments.
  ///   - folder: Where it runs.
  ///   - input: What it reads from its standard input.
  /// - Returns: Status 127 where there is no such program.
  /// - Throws: `Failure` with code 74 where the process cannot be started.
  package static func run(
    _ words: [String], in folder: String, input: String = ""
  ) throws -> Result {
    // Only standard output is a pipe: with two of them, a program that fills the one that is not
    // being read would block. Standard input and standard error are files.
    let scratch = NSTemporaryDirectory() + "/squeezenet-" + UUID().uuidString
    try Files.createFolder(scratch)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let manager = FileManager.default
    guard manager.createFile(atPath: scratch + "/input", contents: Data(input.utf8)),
      manager.createFile(atPath: scratch + "/messages", contents: nil)
    else { throw Failure(.inputOutput, "cannot write to the temporary folder \(scratch)") }

    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // A program's numbers and messages must not depend on the user's language.
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle(forReadingAtPath: scratch + "/input")
    process.standardError = FileHandle(forWritingAtPath: scratch + "/messages")
    do {
      try process.run()
    } catch {
      throw Failure(.inputOutput, "cannot run \(words[0]): \(error.localizedDescription)")
    }
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let messages = try Files.read(scratch + "/messages")
    return Result(
      status: process.terminationStatus, output: [UInt8](bytes),
      messages: String(decoding: messages, as: UTF8.self))
  }
}
