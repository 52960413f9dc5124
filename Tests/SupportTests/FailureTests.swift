import Support
import Testing

@Suite("Failure")
struct FailureTests {
  private struct OtherError: Error {}

  @Test("Recoding a failure changes its exit code, keeps its message and ignores other errors")
  func failingAs() throws {
    #expect(throws: Failure(.incomparable, "x: not JSON")) {
      try failing(as: .incomparable) { throw Failure(.corrupt, "x: not JSON") }
    }
    #expect(throws: OtherError.self) { try failing(as: .usage) { throw OtherError() } }
    #expect(try failing(as: .usage) { 3 } == 3)
  }

  @Test("Several failures combine into one with their common exit code, else 65")
  func combined() {
    let missing = Failure(.missing, "a: no such file")
    let corrupt = Failure(.corrupt, "b: damaged")
    #expect(Failure([missing], of: "3 images") == missing)
    #expect(
      Failure([missing, missing], of: "3 images")
        == Failure(
          .missing, "2 of 3 images cannot be used: a: no such file; a: no such file"))
    #expect(Failure([missing, corrupt], of: "3 images").code == .corrupt)
  }
}
