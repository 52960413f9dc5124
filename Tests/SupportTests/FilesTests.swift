import Foundation
import Support
import TestSupport
import Testing

@Suite("Files", .temporaryFolder)
struct FilesTests {
  private let folder = TemporaryFolder.path

  @Test("What is written is read back, and no temporary file stays")
  func roundTrip() throws {
    try Files.write("one", to: "\(folder)/a.txt")
    try Files.write("two", to: "\(folder)/a.txt")
    #expect(try Files.readText("\(folder)/a.txt") == "two")
    try Files.write([UInt8](), to: "\(folder)/empty")
    #expect(try Files.read("\(folder)/empty") == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.txt", "empty"])
  }

  @Test("A file that cannot be created or read is named, with the code for it")
  func failures() throws {
    #expect(
      throws: Failure(
        .cannotCreate, "cannot create \(folder)/no/a: no such file or directory")
    ) {
      try Files.write("x", to: "\(folder)/no/a")
    }
    #expect(
      throws: Failure(.missing, "cannot read \(folder)/b: no such file or directory")
    ) {
      try Files.read("\(folder)/b")
    }
    #expect(throws: Failure(.missing, "cannot read \(folder): is a directory")) {
      try Files.read(folder)
    }
    try Files.write([0xFF, 0xFE], to: "\(folder)/c")
    #expect(throws: Failure(.corrupt, "\(folder)/c: not UTF-8 text")) {
      try Files.readText("\(folder)/c")
    }
  }

  @Test("A full disk is an input-output failure, and the file from before stays")
  func fullDisk() throws {
    // /dev/full accepts opening and refuses every write.
    try Files.write("before", to: "\(folder)/a")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/a.partial", withDestinationPath: "/dev/full")
    #expect(
      throws: Failure(.inputOutput, "cannot write \(folder)/a: no space left on device")
    ) {
      try Files.write("after", to: "\(folder)/a")
    }
    #expect(try Files.readText("\(folder)/a") == "before")
  }

  @Test("Files that belong together appear together, or all stay as they were")
  func together() throws {
    let paths = ["\(folder)/a", "\(folder)/b"]
    try Files.write(paths.map { ($0, Array("one".utf8)) })
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/b.partial", withDestinationPath: "/dev/full")
    #expect(
      throws: Failure(.inputOutput, "cannot write \(folder)/b: no space left on device")
    ) {
      try Files.write(paths.map { ($0, Array("two".utf8)) })
    }
    #expect(try paths.map { try Files.readText($0) } == ["one", "one"])
    try Files.write(paths.map { ($0, Array("three".utf8)) })
    #expect(try paths.map { try Files.readText($0) } == ["three", "three"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a", "b"])
  }

  @Test("The beginning of a file is read without the rest")
  func beginning() throws {
    try Files.write([UInt8](repeating: 7, count: 200_000), to: "\(folder)/a")
    #expect(try Files.read("\(folder)/a", atMost: 100) == [UInt8](repeating: 7, count: 100))
    #expect(try Files.read("\(folder)/a", atMost: 300_000).count == 200_000)
  }
}
