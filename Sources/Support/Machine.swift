import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The resources that the machine and its limits leave to this process.
package enum Machine {
  /// The number of processors.
  package static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Bytes of memory and swap, or the limit of the container that the process runs in.
  package static var memory: Int {
    var total = 0
    // Lines such as `MemTotal:       24683616 kB`.
    for line in ((try? Files.readText("/proc/meminfo")) ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 1, words[0] == "MemTotal:" || words[0] == "SwapTotal:" else { continue }
      total += (Int(words[1]) ?? 0) * 1024
    }
    let limit = (try? Files.readText("/sys/fs/cgroup/memory.max")) ?? ""
    let container = limit.split(separator: "\n").first.flatMap { Int($0) }
    return min(total > 0 ? total : .max, container ?? .max)
  }

  /// Bytes of address space that the process can still map; `nil` without a limit (`ulimit -v` or
  /// `ulimit -d`).
  package static var addressSpaceLeft: Int? {
    let limits = [RLIMIT_AS, RLIMIT_DATA].compactMap { resource -> Int? in
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return nil }
      return Int(exactly: limit.rlim_cur)
    }
    return limits.min().map { max(0, $0 - addressSpaceUsed) }
  }

  /// Bytes of address space that the process has mapped.
  private static var addressSpaceUsed: Int {
    let fields = (try? Files.readText("/proc/self/statm"))?.split(separator: " ")
    return (fields?.first.flatMap { Int($0) } ?? 0) * sysconf(Int32(_SC_PAGESIZE))
  }

  /// The largest resident set of the process so far, in bytes.
  package static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
