import Reporting
import Support
import Testing

@Suite("Provenance")
struct ProvenanceTests {
  private func read(_ text: String) throws -> Provenance {
    try Provenance(parsing: text, name: "run.json")
  }

  @Test("A run's settings are what decides its numbers, without results or times")
  func settings() throws {
    let digest = SHA256.hash([UInt8]())
    let run = try read(
      """
      {"command": "x", "commit": "abc", "dirty": true, "seed": 1, "status": "complete",
       "configuration": {"lr": 0.1, "seed": 1}, "silenced_classes": 0,
       "data": {"fingerprint": "\(digest)"}, "weights": {"final": "a", "initial": "b"},
       "volatile": {"host": "somewhere"}}
      """)
    #expect(
      run.settings == [
        "data.fingerprint": "\(digest.prefix(12))…", "lr": "0.1", "seed": "1",
        "weights.initial": "b",
      ])
    #expect(run.configuration == ["lr", "seed"])
    #expect(run.commit == "abc" && run.isDirty)
  }

  @Test("A setting that only one run has counts as a difference")
  func differences() throws {
    let first = try read(#"{"configuration": {"lr": 0.1, "norm": "batch"}, "engine": "a"}"#)
    let second = try read(#"{"configuration": {"lr": 0.1}, "engine": "b"}"#)
    #expect(Provenance.differences([first, second, second]) == ["engine", "norm"])
    #expect(Provenance.areConfiguredDifferently([first, second]))
    let third = try read(#"{"configuration": {"lr": 0.1}, "engine": "c"}"#)
    #expect(!Provenance.areConfiguredDifferently([second, third]))
  }

  @Test("An unknown commit is nil, a broken record fails with exit code 2")
  func errors() throws {
    #expect(try read(#"{"commit": "unknown"}"#).commit == nil)
    let failure = #expect(throws: Failure.self) { try read("{") }
    #expect(failure?.code == .incomparable)
    #expect(failure?.description.hasPrefix("run.json: not a JSON document: ") == true)
  }
}
