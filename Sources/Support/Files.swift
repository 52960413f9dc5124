import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Reads and writes whole files.
package enum Files {
  /// Writes a file so that it appears whole or not at all: a temporary file beside it is synced, then
  /// renamed. If writing fails, an existing file stays as it was.
  ///
  /// - Throws: `Failure` with code 73 if the file cannot be created, 74 if writing fails.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try write([(path, bytes)])
  }

  /// Writes a text file so that it appears whole or not at all.
  package static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Writes files that belong together: none gets its name before all are on the disk, and the last one
  /// gets it last. An earlier file in its place is removed before: as long as the last file is there, all
  /// are of the same write, even after a process was killed in between.
  ///
  /// - Parameters:
  ///   - files: The files' paths and contents.
  ///   - earlier: Files that these replace; those that are not written again are removed at the end.
  /// - Throws: As for a single file; existing files then stay as they were.
  package static func write(
    _ files: [(path: String, bytes: [UInt8])], replacing earlier: [String] = []
  ) throws {
    var temporaries: [String] = []
    defer { for temporary in temporaries { unlink(temporary) } }
    for (path, bytes) in files {
      temporaries.append(path + ".partial")
      try create(path + ".partial", bytes, for: path)
    }
    if files.count > 1 { remove(files[files.count - 1].path) }
    for (path, _) in files {
      guard rename(path + ".partial", path) == 0 else {
        throw failure(errno, "cannot write \(path)", .inputOutput)
      }
      temporaries.removeFirst()
    }
    for path in earlier where !files.contains(where: { $0.path == path }) { remove(path) }
  }

  /// Writes a temporary file and syncs it to the disk.
  private static func create(_ temporary: String, _ bytes: [UInt8], for path: String) throws {
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(errno, "cannot create \(path)", .cannotCreate) }
    var error = bytes.withUnsafeBytes { write($0, to: descriptor) }
    if error == 0, fsync(descriptor) != 0, errno != EINVAL { error = errno }
    if close(descriptor) != 0, error == 0 { error = errno }
    guard error == 0 else { throw failure(error, "cannot write \(path)", .inputOutput) }
  }

  /// Writes all bytes to an open file.
  ///
  /// - Returns: The error number, 0 on success.
  package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = Glibc.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = rest.dropFirst(written)
    }
    return 0
  }

  /// Reads a whole file, or its first bytes.
  ///
  /// - Throws: `Failure` with code 66 if it does not exist or cannot be read.
  package static func read(_ path: String, atMost limit: Int = .max) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(errno, "cannot read \(path)", .missing) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw failure(errno, "cannot read \(path)", .inputOutput)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw failure(EISDIR, "cannot read \(path)", .missing)
    }
    let size = min(limit, max(1 << 16, Int(status.st_size) + 1))
    func chunk() throws -> [UInt8] {
      try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
        var count = 0
        repeat {
          count = Glibc.read(descriptor, buffer.baseAddress, size)
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw failure(errno, "cannot read \(path)", .inputOutput) }
        initialized = count
      }
    }
    // Most files come whole at once.
    var bytes = try chunk()
    while !bytes.isEmpty, bytes.count < limit {
      let more = try chunk()
      if more.isEmpty { break }
      bytes += more
    }
    return bytes
  }

  /// Reads a whole file as UTF-8.
  ///
  /// - Throws: `Failure` with code 66 if it cannot be read, 65 if it is not UTF-8.
  package static func readText(_ path: String) throws -> String {
    try String(utf8: read(path), name: path)
  }

  /// Makes a folder and the folders above it.
  ///
  /// - Throws: `Failure` with code 73.
  package static func createFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Failure(.cannotCreate, "cannot create folder \(path): \(reason(errno))")
    }
  }

  /// Calls a body while no other process calls one for the same folder; on a file system that cannot lock
  /// folders, whether or not another does.
  package static func whileLocked<Result>(
    _ folder: String, _ body: () throws -> Result
  ) rethrows -> Result {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    return try body()
  }

  /// Checks that a file can be created, before the work whose result it is to hold.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - makingFolders: Whether the folders above it may be missing.
  /// - Throws: `Failure` with code 73.
  package static func requireCreatable(_ path: String, makingFolders: Bool = false) throws {
    guard !isFolder(path) else { throw failure(EISDIR, "cannot create \(path)", .cannotCreate) }
    var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    while makingFolders, !exists(folder.path), folder.path != "/" {
      folder.deleteLastPathComponent()
    }
    let error =
      !exists(folder.path)
      ? ENOENT
      : !isFolder(folder.path)
        ? ENOTDIR
        : access(folder.path, W_OK | X_OK) == 0 ? 0 : errno
    if error != 0 { throw failure(error, "cannot create \(path)", .cannotCreate) }
  }

  /// Removes a file if it exists.
  package static func remove(_ path: String) { unlink(path) }

  /// Whether a file or folder exists.
  package static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }

  /// Whether a folder exists.
  package static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return exists && isFolder.boolValue
  }

  /// Whether a path names something that is neither a file nor a folder: reading it may never end.
  package static func isPipeOrDevice(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// The system's message for an error number, in lower case.
  package static func reason(_ error: Int32) -> String {
    String(cString: strerror(error)).lowercased()
  }

  private static func failure(_ error: Int32, _ what: String, _ code: ExitCode) -> Failure {
    let isFull = error == ENOSPC || error == EDQUOT || error == EIO
    return Failure(isFull ? .inputOutput : code, "\(what): \(reason(error))")
  }
}
