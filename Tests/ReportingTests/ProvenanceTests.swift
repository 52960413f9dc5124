import Datasets
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
        "data.fingerprint": "\(digest.prefix(12))…",
        "data.normalization.mean": "0.4625, 0.458, 0.4295",
        "data.normalization.standard_deviation": "0.2452, 0.239, 0.2469",
        "lr": "0.1", "seed": "1", "weights.initial": "b",
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

  @Test("A record that is older than an entry differs only where the newer one says otherwise")
  func olderRecord() throws {
    let old = try read(
      #"{"configuration": {"profile": "demo", "lr": 0.1}, "data": {"fingerprint": "a"}}"#)
    func new(norm: String = "none", mean: String = "0.4625, 0.458, 0.4295") throws
      -> Provenance
    {
      try read(
        #"""
        {"configuration": {"profile": "demo", "lr": 0.1, "norm": "\#(norm)"},
         "data": {"class_names": ["night", "day"], "fingerprint": "a", "normalization":
          {"mean": [\#(mean)], "standard_deviation": [0.2452, 0.239, 0.2469]}}}
        """#)
    }
    #expect(Provenance.differences([old, try new()]) == [])
    #expect(!Provenance.areConfiguredDifferently([old, try new()]))
    #expect(Provenance.differences([old, try new(norm: "batch")]) == ["norm"])
    let normalized = try new(mean: "0.5, 0.5, 0.5")
    #expect(Provenance.differences([old, normalized]) == ["data.normalization.mean"])
    #expect(old.settings["data.normalization.mean"] == "0.4625, 0.458, 0.4295")
  }

  @Test("Renamed classes are not a reason for other numbers")
  func classNames() throws {
    let runs = try ["night", "Nacht"].map { name in
      try read(#"{"data": {"class_names": ["\#(name)"], "fingerprint": "a"}}"#)
    }
    #expect(Provenance.differences(runs) == [])
  }

  @Test("Another libjpeg may be a reason for other numbers, another gnuplot and an unknown one not")
  func libraries() throws {
    func run(_ libjpeg: String?, gnuplot: String = "5.4") throws -> Provenance {
      try read(
        libjpeg.map { #"{"libraries": {"gnuplot": "\#(gnuplot)", "libjpeg": "\#($0)"}}"# } ?? "{}")
    }
    #expect(Provenance.differences([try run("a"), try run("a", gnuplot: "6.0")]) == [])
    #expect(Provenance.differences([try run("a"), try run(nil)]) == [])
    #expect(
      Provenance.differences([try run("a"), try run(nil), try run("b")]) == ["libraries.libjpeg"])
  }

  @Test("An unknown commit is nil, a broken record fails with exit code 2")
  func errors() throws {
    #expect(try read(#"{"commit": "unknown"}"#).commit == nil)
    let failure = #expect(throws: Failure.self) { try read("{") }
    #expect(failure?.code == .incomparable)
    #expect(failure?.description.hasPrefix("run.json: not a JSON document: ") == true)
  }
}
