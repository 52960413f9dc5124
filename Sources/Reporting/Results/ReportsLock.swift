import Support
import Training

#if canImport(Glibc)
  import Glibc
#endif

/// Makes figures and reports of a package while no other process does: whoever comes second reads the results
/// only then, so that no older state is written over a newer one.
///
/// - Parameters:
///   - root: The package's folder.
///   - body: Reads results and writes what follows from them.
/// - Returns: What the body returns.
/// - Throws: `Failure` with code 73 if the lock cannot be created, and what the body throws.
func whileReportsAreLocked<Result>(root: String, _ body: () throws -> Result) throws -> Result {
  // Without results there is no such folder, and nothing to write.
  guard Files.isFolder("\(root)/reports") else { return try body() }
  let path = RunFile.lock.path(in: "\(root)/reports")
  let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
  guard lock >= 0 else {
    throw Failure(.cannotCreate, "cannot create \(path): \(Files.reason(errno))")
  }
  // The file stays: one that waits for a removed file would not keep out those that make a new one.
  defer { close(lock) }
  while flock(lock, LOCK_EX) != 0 {
    guard errno == EINTR else {
      throw Failure(.inputOutput, "cannot lock \(path): \(Files.reason(errno))")
    }
  }
  return try body()
}
