import Datasets
import Foundation
import Support
import Training

/// All experiments of the package with their results in one profile.
package struct Results: Sendable {
  package let root: String
  package let profile: String
  /// In reading order: `firstToRead`, then the others by name.
  package let experiments: [ExperimentResults]

  /// The folder of the profile, relative to the root.
  package var folder: String { "reports/\(profile)" }

  /// Whether the profile's images are those of Imagenette, unless runs name a folder of their own.
  var isOnImagenette: Bool { Profile(rawValue: profile)?.dataset.name == Imagenette.dataset.name }

  /// The experiments that have been run.
  package var complete: [ExperimentResults] { experiments.filter { !$0.arms.isEmpty } }

  /// Every run with its experiment, in reading order.
  var allRuns: [(ExperimentResults, RunResults)] {
    complete.flatMap { experiment in experiment.runs.map { (experiment, $0) } }
  }

  /// Finds and reads the results of a profile.
  ///
  /// - Parameters:
  ///   - profile: The folder's name below `reports/`.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 65 if a file is malformed.
  package init(profile: String, root: String) throws {
    self.root = root
    self.profile = profile
    let names = Self.scripts(root: root)
    let colors = Self.firstToColor + names.filter { !Self.firstToColor.contains($0) }
    experiments = try names.map { name in
      try ExperimentResults(
        name, color: (colors.firstIndex(of: name) ?? 0) + 1, folder: "reports/\(profile)/\(name)",
        root: root)
    }
  }

  /// The results of one profile, or of every profile that has any.
  ///
  /// - Throws: `Failure` with code 66 if there are none, 65 if a file is malformed.
  static func selected(profile: String?, root: String) throws -> [Results] {
    let available = profiles(root: root)
    let profiles = profile.map { [$0] } ?? available
    guard !profiles.isEmpty, profiles.allSatisfy(available.contains) else {
      throw Failure(
        .missing,
        "reports/\(profile ?? ""): no results to report; run: make experiment-norm "
          + "PROFILE=\(profile ?? "demo")")
    }
    return try profiles.map { try Results(profile: $0, root: root) }
  }

  /// The profiles that have results, sorted.
  private static func profiles(root: String) -> [String] {
    let scripts = Self.scripts(root: root)
    return subfolders(root + "/reports").filter { profile in
      scripts.contains { name in
        let folder = "\(root)/reports/\(profile)/\(name)"
        return ExperimentResults.runs(in: folder).contains { arm, seeds in
          seeds.contains {
            Files.exists(RunFile.metrics.path(in: "\(folder)/\(arm.folder(seed: $0))"))
          }
        }
      }
    }
  }

  /// Reads a table below the root; `nil` if it is missing or has no rows.
  static func table(_ path: String, root: String) throws -> Table? {
    guard Files.exists("\(root)/\(path)") else { return nil }
    let table = try Table(parsing: try Files.readText("\(root)/\(path)"), name: path)
    return table.rows.isEmpty ? nil : table
  }

  /// The experiments that a reader should meet first, in this order.
  private static let firstToRead = ["no-norm", "norm", "linear-logits", "dropout"]

  /// The experiments with the first colors of the palette.
  private static let firstToColor = ["no-norm", "norm", "dropout", "linear-logits"]

  /// The names of all experiments, in reading order.
  static func scripts(root: String) -> [String] {
    let names = subfolders(root + "/experiments").filter {
      Files.exists("\(root)/experiments/\($0)/main.swift")
    }
    return firstToRead.filter(names.contains) + names.filter { !firstToRead.contains($0) }
  }

  /// The names of the folders in a folder, sorted.
  static func subfolders(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { Files.isFolder("\(path)/\($0)") }
      .sorted()
  }
}
