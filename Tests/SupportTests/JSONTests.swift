import Support
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("Flattened JSON has dotted paths and keeps the digits of numbers")
  func flattened() throws {
    let text = #"{"a": {"b": 1, "c": true, "d": null}, "e": 0.1, "f": [1, 2], "g": "x", "h": 1.0}"#
    #expect(
      try JSON(parsing: text, name: "x").flattened == [
        "a.b": "1", "a.c": "true", "a.d": "none", "e": "0.1", "f": "1, 2", "g": "x", "h": "1.0",
      ])
  }

  @Test("A malformed JSON document is an error with the file's name")
  func broken() {
    let message =
      "run.json: not a JSON document: the text ends, expected a name in quotes at byte 1"
    #expect(throws: Failure(.corrupt, message)) {
      try JSON(parsing: "{", name: "run.json")
    }
  }
}
