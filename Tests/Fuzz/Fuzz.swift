// libFuzzer's entry points: `make fuzz`. The environment variable FUZZ_TARGET names one of `targets`.
//
// A reader may reject any input with a `Failure`; anything else that ends the process is a finding.
// Whatever a reader accepts must survive being written and read again.

import Foundation

private let targets: [String: @Sendable ([UInt8]) -> Void] = [
  "csv": fuzzCSV, "jpeg": fuzzJPEG, "json": fuzzJSON, "options": fuzzOptions,
  "safetensors": fuzzSafeTensors,
]

private let target: @Sendable ([UInt8]) -> Void = {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  guard let target = targets[name] else {
    fatalError("FUZZ_TARGET: expected one of \(targets.keys.sorted()), got '\(name)'")
  }
  return target
}()

/// libFuzzer's own `main`, which replaces the one the package manager provides.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@_cdecl("fuzz_main")
public func main(
  _ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
) -> CInt {
  var (count, words) = (count, words)
  return runFuzzer(&count, &words, testOneInput)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
