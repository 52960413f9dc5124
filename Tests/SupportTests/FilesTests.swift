import Foundation
import Support
import TestSupport
import Testing

@Suite("Files", .temporaryFolder)
struct FilesTests {
  private let folder = TemporaryFolder.path

  @Test("Written files read back and leave no temporary file")
  func roundTrip() throws {
    try Files.write("one", to: "\(folder)/a.txt")
    try Files.write("two", to: "\(folder)/a.txt")
    #expect(try Files.readText("\(folder)/a.txt") == "two")
    try Files.write([UInt8](), to: "\(folder)/empty")
    #expect(try Files.read("\(folder)/empty") == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["a.txt", "empty"])
  }

  @Test("A file that cannot be created or read is named with the right exit code")
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

  @Test("Writing to a full disk fails with exit code 74 and keeps the previous file")
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

  @Test("A group of files is replaced as a whole or not at all")
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

  @Test("Reading the beginning of a file stops at the requested length")
  func beginning() throws {
    try Files.write([UInt8](repeating: 7, count: 200_000), to: "\(folder)/a")
    #expect(try Files.read("\(folder)/a", atMost: 100) == [UInt8](repeating: 7, count: 100))
    #expect(try Files.read("\(folder)/a", atMost: 300_000).count == 200_000)
  }

  @Test("Where the last of several files is, all are of the same write")
  func lastFile() throws {
    let folder = TemporaryFolder.path
    let files = ["a", "b"].map { (path: "\(folder)/\($0)", bytes: Array("new".utf8)) }
    for (path, _) in files { try Files.write("old", to: path) }
    // The first file cannot get its name: a folder is in its place.
    Files.remove("\(folder)/a")
    try Files.createFolder("\(folder)/a/x")
    #expect(throws: Failure.self) { try Files.write(files) }
    #expect(!Files.exists("\(folder)/b"))
  }
}
