import Foundation
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// The folder of one run, held by one process at a time.
package final class RunFolder {
  let path: String
  private let lock: Int32

  /// Makes and locks the folder.
  ///
  /// - Throws: `Failure` with code 73 where it cannot be made or another run is in it.
  package init(_ path: String) throws {
    try Files.createFolder(path)
    let lock = open("\(path)/.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else {
      throw Failure(.cannotCreate, "cannot write into \(path): \(Files.reason(errno))")
    }
    // Who asks whether a run is at work here holds the lock for a moment too.
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
    // Only now: an initializer that throws later would be followed by `deinit`, which takes the
    // other run's lock away.
    self.path = path
    self.lock = lock
  }

  deinit {
    unlink("\(path)/.lock")
    close(lock)
  }

  /// Whether a run is at work in a folder.
  package static func isHeld(_ path: String) -> Bool {
    let lock = open("\(path)/.lock", O_RDONLY | O_CLOEXEC)
    guard lock >= 0 else { return false }
    defer { close(lock) }
    return flock(lock, LOCK_SH | LOCK_NB) != 0
  }

  var metrics: String { "\(path)/metrics.csv" }
  var steps: String { "\(path)/steps.csv" }
  var predictions: String { "\(path)/predictions.csv" }
  var samples: String { "\(path)/samples.jpeg" }
  var mistakes: String { "\(path)/mistakes.jpeg" }
  var filters: String { "\(path)/filters.csv" }
  var pictures: [String] { [samples, mistakes, filters] }
  var record: String { "\(path)/run.json" }
  var weights: String { "\(path)/model.safetensors" }
  var checkpoint: String { "\(path)/checkpoint.safetensors" }
}
