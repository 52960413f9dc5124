import Models
import Support
import Testing

@Suite("State matching")
struct StateMatchingTests {
  private static let file = SafeTensors(tensors: [
    "weight": .init([1, 2, 3, 4] as [Float], shape: [2, 2]),
    "steps": .init([9] as [Int64], shape: []),
  ])

  @Test("A state with exactly the expected tensors loads")
  func match() throws {
    let entries = try Self.file.entries(
      matching: [.init("weight", [2, 2]), .init("steps", [], .i64)], path: "file")
    #expect(entries["weight"]?.elements() == [1, 2, 3, 4] as [Float])
    #expect(entries.count == 2)
  }

  @Test("All mismatches between a file and a network are reported in one line")
  func allDifferences() {
    let failure = Failure(
      .corrupt,
      "a/file: not the tensors that are needed: \"bias\" is missing; "
        + "\"weight\" has shape [2, 2], expected [4]; \"weight\" is F32, expected F64; "
        + "\"steps\" is not expected")
    #expect(throws: failure) {
      try Self.file.entries(
        matching: [.init("bias", [2]), .init("weight", [4], .f64)], path: "a/file")
    }
  }

  @Test("Of many mismatches, eight are shown and the rest counted")
  func manyDifferences() throws {
    let expected = (0..<20).map { StateEntry("t\($0)", [1]) }
    #expect {
      try SafeTensors().entries(matching: expected, path: "file")
    } throws: { error in
      let message = String(describing: error)
      return message.contains("\"t7\" is missing; and 12 more") && !message.contains("t8")
    }
  }

  @Test("Non-finite weights are detected on request")
  func finite() throws {
    try Self.file.requireFinite(path: "file")
    var file = Self.file
    file.tensors["bias"] = .init([0, -Float.infinity], shape: [2])
    #expect(throws: Failure(.corrupt, "file: \"bias\" holds a number that is not finite")) {
      try file.requireFinite(path: "file")
    }
  }
}
