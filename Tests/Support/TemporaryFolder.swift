import Foundation
import Support
import Testing

/// Gives every test a folder of its own, which is removed when the test ends.
///
///     @Suite("Files", .temporaryFolder)
///     struct FilesTests {
///       let folder = TemporaryFolder.path
package struct TemporaryFolder: SuiteTrait, TestTrait, TestScoping {
  @TaskLocal private static var current: String?

  /// The folder of the test that is running.
  package static var path: String {
    guard let current else { fatalError("the test or its suite needs the trait .temporaryFolder") }
    return current
  }

  /// Creates another empty folder inside that one, for a test that needs several.
  package static func makeSubfolder() throws -> String {
    let subfolder = "\(path)/\(UUID().uuidString)"
    try Files.createFolder(subfolder)
    return subfolder
  }

  /// One folder per test, not one for the whole suite.
  package var isRecursive: Bool { true }

  package func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("squeezenet-tests-\(UUID().uuidString)").path
    try Files.createFolder(path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await Self.$current.withValue(path, operation: body)
  }
}

extension Trait where Self == TemporaryFolder {
  /// Gives every test a folder of its own: `TemporaryFolder.path`.
  package static var temporaryFolder: Self { Self() }
}
