import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The processors that this process may use.
public var availableProcessors: Int {
  ProcessInfo.processInfo.activeProcessorCount
}
