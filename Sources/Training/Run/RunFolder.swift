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
    let lock = open(RunFile.lock.path(in: path), O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else {
      throw Failure(.cannotCreate, "cannot write into \(path): \(Files.reason(errno))")
    }
    // `isHeld` takes the lock too, for a moment.
    var isLocked = flock(lock, LOCK_EX | LOCK_NB) == 0
    for _ in 0..<5 where !isLocked {
      usleep(20_000)
      isLocked = flock(lock, LOCK_EX | LOCK_NB) == 0
    }
    guard isLocked else {
      close(lock)
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
