import Foundation
import Support
import Testing

/// Files that other implementations wrote; `Tests/Fixtures/README.md` describes them.
package enum Fixtures {
  /// The path of a fixture, named relative to `Tests/Fixtures`.
  package static func path(_ name: String) -> String { "\(packageRoot)/Tests/Fixtures/\(name)" }
}

/// The folder of the package itself.
package let packageRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

/// The folder of Imagenette: the one named by the environment variable `IMAGENETTE`, or the first
/// in the package's `data/`; nil if there is none.
package let imagenetteFolder: String? = {
  if let path = ProcessInfo.processInfo.environment["IMAGENETTE"] { return path }
  let data = "\(packageRoot)/data"
  return ((try? FileManager.default.contentsOfDirectory(atPath: data)) ?? []).sorted()
    .filter { $0.hasPrefix("imagenette2") }.map { "\(data)/\($0)" }
    .first { Files.isFolder("\($0)/train") }
}()

/// The reason that a test which needs `imagenetteFolder` gives when it is skipped.
package let imagenetteIsMissing: Comment =
  "needs Imagenette: run `make data` or set IMAGENETTE to its folder"
