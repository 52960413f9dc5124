import Reporting
import Support
import Testing

@Suite("Provenance")
struct ProvenanceTests {
  private func read(_ text: String) throws -> Provenance {
    try Provenance(parsing: text, name: "run.json")
  }

  @Test("Settings are what decides numbers: neither results nor times, and nothing twice")
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

  @Test("Runs differ in settings that one of them lacks, too")
  func differences() throws {
    let first = try read(#"{"configuration": {"lr": 0.1, "norm": "batch"}, "engine": "a"}"#)
    let second = try read(#"{"configuration": {"lr": 0.1}, "engine": "b"}"#)
    #expect(Provenance.differences([first, second, second]) == ["engine", "norm"])
    #expect(Provenance.areConfiguredDifferently([first, second]))
    let third = try read(#"{"configuration": {"lr": 0.1}, "engine": "c"}"#)
    #expect(!Provenance.areConfiguredDifferently([second, third]))
  }

  @Test("A commit that is not known is none, and a broken record an error with code 2")
  func errors() throws {
    #expect(try read(#"{"commit": "unknown"}"#).commit == nil)
    let failure = #expect(throws: Failure.self) { try read("{") }
    #expect(failure?.code == .incomparable)
    #expect(failure?.description.hasPrefix("run.json: not a JSON document: ") == true)
  }
}
