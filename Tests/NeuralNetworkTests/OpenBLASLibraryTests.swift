import Foundation
import NeuralNetwork
import Testing

@Suite("OpenBLAS library")
struct OpenBLASLibraryTests {
  @Test(
    "OpenBLAS is loaded with the kernels that suit the processor unless the user has pinned others",
    .enabled(if: ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil))
  func family() throws {
    let information = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let flags = Set(information.split(whereSeparator: \.isWhitespace))
    let isWide = flags.isSuperset(of: ["avx512f", "avx512vl", "avx512bw", "avx512dq"])
    let engine = try OpenBLASEngine()
    #expect(engine.family == (isWide ? "SkylakeX" : "Haswell"))
    #expect(engine.version.hasPrefix("OpenBLAS "))
  }
}
