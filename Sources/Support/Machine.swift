import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The processors that this process may use.
package var availableProcessors: Int {
  ProcessInfo.processInfo.activeProcessorCount
}

/// The addresses that this process may still take, in bytes; `nil` where nothing limits them
/// (`ulimit -v` and `-d` do).
package var addressesLeft: Int? {
  let limits = [RLIMIT_AS, RLIMIT_DATA].compactMap { resource in
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return nil as Int? }
    return Int(exactly: limit.rlim_cur)
  }
  guard let limit = limits.min() else { return nil }
  return max(0, limit - addressesTaken)
}

/// The addresses that this process has taken, in bytes.
private var addressesTaken: Int {
  let fields = (try? Files.readText("/proc/self/statm"))?.split(separator: " ")
  return (fields?.first.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
}

/// The bytes of memory that there are for this process: the machine's with its swap, or fewer where
/// it runs in a container.
package var availableMemory: Int {
  var machine = 0
  // Lines like `MemTotal:       24683616 kB`.
  for line in ((try? Files.readText("/proc/meminfo")) ?? "").split(separator: "\n") {
    let words = line.split(separator: " ")
    guard words.count > 1, words[0] == "MemTotal:" || words[0] == "SwapTotal:" else { continue }
    machine += (Int(words[1]) ?? 0) * 1024
  }
  let limit = (try? Files.readText("/sys/fs/cgroup/memory.max")) ?? ""
  let container = limit.split(separator: "\n").first.flatMap { Int($0) }
  return min(machine > 0 ? machine : .max, container ?? .max)
}
