import COpenBLAS
import Foundation
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// The functions of the system's OpenBLAS, which is loaded when they are first wanted.
///
/// A program that computes without it need not have its threads and its memory. And OpenBLAS chooses
/// its kernels when it is loaded, from the environment: so the choice can be made for it.
struct OpenBLASLibrary: @unchecked Sendable {
  /// Multiplies matrices, on the calling thread.
  let sgemm: cblas_sgemm_function
  /// The family of kernels in use, `SkylakeX` or `Haswell` for example.
  let family: String
  /// The version and build options.
  let version: String

  /// Where the library cannot be loaded the program ends with code 66.
  static let shared = load()

  private static func load() -> OpenBLASLibrary {
    let file = "libopenblas.so.0"
    if let family = suitableFamily { setenv("OPENBLAS_CORETYPE", family, 0) }
    // Threads of its own would only idle: blocks of a batch are what threads share.
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    guard let library = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
      fail(String(cString: dlerror()))
    }
    func function<Function>(_ name: String, as type: Function.Type) -> Function {
      guard let address = dlsym(library, name) else { fail("\(file) has no \(name)") }
      return unsafeBitCast(address, to: type)
    }
    func text(_ name: String) -> String {
      function(name, as: openblas_text_function.self)().map { String(cString: $0) } ?? ""
    }
    function("openblas_set_num_threads", as: openblas_set_number_function.self)(1)
    return OpenBLASLibrary(
      sgemm: function("cblas_sgemm", as: cblas_sgemm_function.self),
      family: text("openblas_get_corename"),
      version: text("openblas_get_config").split(separator: " ").prefix(2).joined(separator: " "))
  }

  private static func fail(_ reason: String) -> Never {
    Failure(.missing, "cannot load OpenBLAS: \(reason); apt install libopenblas-dev").endProgram()
  }

  /// The family of kernels that suits the processor, `nil` where OpenBLAS shall choose; a user's
  /// `OPENBLAS_CORETYPE` goes before it.
  ///
  /// OpenBLAS 0.3.21 does not know processors newer than itself and falls back to kernels half as
  /// fast. Every processor with AVX-512 gets one family and every other with AVX2 another, so that
  /// bits agree between more machines.
  private static var suitableFamily: String? {
    let information = (try? Files.readText("/proc/cpuinfo")) ?? ""
    let line = information.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
    let flags = Set(line.split(separator: " "))
    if flags.isSuperset(of: ["avx512f", "avx512vl", "avx512bw", "avx512dq"]) { return "SkylakeX" }
    if flags.isSuperset(of: ["avx2", "fma"]) { return "Haswell" }
    return nil
  }
}
