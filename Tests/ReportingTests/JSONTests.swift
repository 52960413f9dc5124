import Reporting
import Support
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("Members have dotted paths, and numbers keep their digits")
  func flattened() throws {
    let text = #"{"a": {"b": 1, "c": true, "d": null}, "e": 0.1, "f": [1, 2], "g": "x", "h": 1.0}"#
    #expect(
      try JSON(parsing: text, name: "x").flattened == [
        "a.b": "1", "a.c": "true", "a.d": "none", "e": "0.1", "f": "1, 2", "g": "x", "h": "1",
      ])
  }

  @Test("A broken document is an error with the file's name")
  func broken() {
    #expect(throws: Failure(.corrupt, "run.json: not a JSON document")) {
      try JSON(parsing: "{", name: "run.json")
    }
  }
}
