import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Runs other programs.
package enum Program {
  /// The outcome of a program.
  package struct Result {
    package let status: Int32
    package let output: [UInt8]
    /// Everything that it wrote to its standard error.
    package let messages: String

    /// The last line of its messages.
    package var complaint: String { messages.split(separator: "\n").last?.trimmed ?? "" }
  }

  /// Runs a program, looked up on the search path, to its end.
  ///
  /// - Parameters:
  ///   - words: The program and its arguments.
  ///   - folder: The folder that it runs in.
  ///   - input: Its standard input.
  /// - Returns: The outcome; its status is 127 if there is no such program.
  /// - Throws: `Failure` with code 74 if the process cannot be started.
  package static func run(
    _ words: [String], in folder: String, input: String = ""
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // A program's numbers and messages must not depend on the user's language.
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }
    let (output, messages) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = messages
    process.standardInput = try file(input)
    do {
      try process.run()
    } catch {
      throw Failure(.inputOutput, "cannot run \(words[0]): \(error.localizedDescription)")
    }
    let contents = try read([output, messages].map(\.fileHandleForReading.fileDescriptor))
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: contents[0],
      messages: String(decoding: contents[1], as: UTF8.self))
  }

  /// Opens a file without a name that has a text. A pipe would not do: a program that does not read it
  /// would block its writer.
  private static func file(_ text: String) throws -> FileHandle? {
    // Most programs need no input, and must run even if the temporary folder is full.
    guard !text.isEmpty else { return .nullDevice }
    let path = "\(NSTemporaryDirectory())/squeezenet-\(UUID().uuidString)"
    try Files.write(text, to: path)
    defer { Files.remove(path) }
    return FileHandle(forReadingAtPath: path)
  }

  /// Reads pipes to their ends, each as soon as it has bytes: while one is full, the program that writes
  /// to it blocks.
  private static func read(_ descriptors: [Int32]) throws -> [[UInt8]] {
    var open = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var contents = [[UInt8]](repeating: [], count: open.count)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    // `poll` skips negative descriptors.
    while open.contains(where: { $0.fd >= 0 }) {
      guard poll(&open, nfds_t(open.count), -1) >= 0 else {
        if errno == EINTR { continue }
        throw Failure(.inputOutput, "cannot read from a program: \(Files.reason(errno))")
      }
      for index in open.indices where open[index].revents != 0 {
        let count = Glibc.read(open[index].fd, &buffer, buffer.count)
        if count > 0 {
          contents[index] += buffer[..<count]
        } else if count == 0 || errno != EINTR {
          open[index].fd = -1
        }
      }
    }
    return contents
  }
}
