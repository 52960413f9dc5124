import Foundation
import Models
import Testing

/// Where the files are that other implementations wrote; `Tests/Fixtures/README.md` describes them.
enum Fixtures {
  /// The path of a fixture, named from `Tests/Fixtures`.
  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures").appendingPathComponent(name).path
  }

  /// The tensors of a fixture.
  static func tensors(_ name: String) throws -> [String: SafeTensors.Entry] {
    try SafeTensors(contentsOf: path(name)).tensors
  }
}
