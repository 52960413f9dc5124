import Foundation
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// The folder of a run, locked by one process at a time.
package final class RunFolder {
  let path: String
  private let lock: Int32

  /// Creates and locks the folder.
  ///
  /// - Throws: `Failure` with code 73 if it cannot be created or another process has locked it.
  package init(_ path: String) throws {
    try Files.createFolder(path)
    // `isHeld` takes the lock too, for a moment.
    var lock = try Self.lock(path)
    for _ in 0..<5 where lock == nil {
      usleep(20_000)
      lock = try Self.lock(path)
    }
    guard let lock else {
      throw Failure(
        .cannotCreate,
        "\(path): another run is using this folder; wait for it or choose another"
          + " with --output-dir")
    }
    // Only now: an initializer that throws after its last property is set would be followed by
    // `deinit`, which would remove the other process's lock.
    self.path = path
    self.lock = lock
  }

  deinit {
    unlink(self[.lock])
    close(lock)
  }

  /// Opens and locks the folder's lock file; `nil` if another process has locked it.
  private static func lock(_ path: String) throws -> Int32? {
    let file = RunFile.lock.path(in: path)
    let lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else {
      throw Failure(.cannotCreate, "cannot write into \(path): \(Files.reason(errno))")
    }
    // A process that ended in between removed the file, and others would lock a new one.
    var (locked, current) = (stat(), stat())
    guard flock(lock, LOCK_EX | LOCK_NB) == 0, fstat(lock, &locked) == 0,
      stat(file, &current) == 0, locked.st_ino == current.st_ino
    else {
      close(lock)
      return nil
    }
    return lock
  }

  /// Whether a process has locked the folder.
  package static func isHeld(_ path: String) -> Bool {
    let lock = open(RunFile.lock.path(in: path), O_RDONLY | O_CLOEXEC)
    guard lock >= 0 else { return false }
    defer { close(lock) }
    return flock(lock, LOCK_SH | LOCK_NB) != 0
  }

  /// The path of a file of the run.
  subscript(file: RunFile) -> String { file.path(in: path) }
}
