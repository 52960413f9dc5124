import Foundation

#if canImport(Glibc)
  import Glibc
#endif

extension OpenBLASEngine {
  private static let variable = "OPENBLAS_CORETYPE"

  /// The family of kernels that suits the processor, `nil` where OpenBLAS shall choose.
  ///
  /// OpenBLAS 0.3.21 does not know processors newer than itself and falls back to kernels half as
  /// fast. Every processor with AVX-512 gets one family and every other with AVX2 another, so that
  /// bits agree between more machines.
  static func family(forProcessorFlags flags: Set<Substring>) -> String? {
    if flags.isSuperset(of: ["avx512f", "avx512vl", "avx512bw", "avx512dq"]) { return "SkylakeX" }
    if flags.isSuperset(of: ["avx2", "fma"]) { return "Haswell" }
    return nil
  }

  /// Starts the program again with the family chosen, unless the user has pinned one in
  /// `OPENBLAS_CORETYPE`.
  ///
  /// OpenBLAS chooses when it is loaded, before any code of the program runs, so the choice must be
  /// in the environment that the program starts with. Call this before any work is done.
  public static func restartWithSuitableFamily() {
    let environment = ProcessInfo.processInfo.environment
    guard environment[variable] == nil,
      let information = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
      let line = information.split(separator: "\n").first(where: { $0.hasPrefix("flags") }),
      let family = family(forProcessorFlags: Set(line.split(separator: " ")))
    else { return }
    setenv(variable, family, 1)
    // Threads of its own would only idle.
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &arguments)
    // Where the program cannot be started again it goes on with OpenBLAS's own choice, which the
    // run's record names.
  }
}
