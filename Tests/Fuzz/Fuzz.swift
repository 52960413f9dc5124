// libFuzzer's entry points: `make fuzz`. The environment variable FUZZ_TARGET names one of `targets`.
//
// A reader may refuse anything with a `Failure`; whatever else ends the process is a finding. Where
// text has been read, what was understood of it must survive writing and reading again.

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

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  target(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}
