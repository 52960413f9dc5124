import Foundation
import Support

/// The files of one training.
package struct Run: Sendable {
  /// What tells it from the other runs of a sweep, for example `0.50`; `nil` for a single run.
  package let rate: String?
  /// Its folder, seen from the package's root.
  package let folder: String
  /// One row an epoch, at least one.
  package let metrics: Table
  /// What `run.json` says, by dotted paths, without its volatile part. Empty without that file.
  package let information: [String: String]
  /// One row an image of the validation set, where the run is complete.
  package let predictions: Table?

  /// The numbers of a metric, NaN where a field is not a number.
  package func numbers(_ column: String) -> [Double] {
    (metrics[column] ?? []).map { Double($0) ?? .nan }
  }

  /// The metric after the last epoch, NaN where there is none.
  package func final(_ column: String) -> Double { numbers(column).last ?? .nan }

  /// The best validation accuracy and the first epoch that reached it, where there is one.
  package var best: (accuracy: Double, epoch: Int)? {
    let accuracies = numbers("val_accuracy")
    let best = accuracies.filter { !$0.isNaN }.max()
    return best.flatMap { best in
      accuracies.firstIndex(of: best).map { (best, Int(numbers("epoch")[$0])) }
    }
  }
}

/// An experiment: its script and, once it has been run, its results.
package struct Experiment: Sendable {
  package let name: String
  /// The folder of its results, seen from the package's root.
  package let folder: String
  /// The script, seen from the package's root.
  package let script: String
  /// One run; one a rate for a sweep; none where it has not been run yet.
  package let runs: [Run]
  /// The table of a sweep.
  package let summary: Table?
  /// Recordings of single steps (`steps.csv`) by the name of their folder: `unclipped`, and `""`
  /// for the run itself.
  package let steps: [String: Table]

  /// The run that stands for the experiment in comparisons: of a sweep the one with the highest
  /// final validation accuracy, the first of equals. A rate of 0 leaves out what the sweep is about
  /// and stands for it only where there is no other.
  package var representative: Run? {
    let candidates = runs.filter { $0.rate.flatMap { Double($0) } != 0 }
    var best = candidates.first ?? runs.first
    for run in candidates {
      guard let other = best else { break }
      if run.final("val_accuracy") > other.final("val_accuracy") { best = run }
    }
    return best
  }

  /// What a table or legend calls a run.
  package func label(_ run: Run) -> String {
    run.rate.map { "\(name) \($0)" } ?? name
  }
}

/// All experiments of the package with their results in one profile.
package struct Results: Sendable {
  package let root: String
  package let profile: String
  /// In reading order: the notebook's two, the sweep, then the others by name.
  package let experiments: [Experiment]

  /// The folder of the profile, seen from the root.
  package var folder: String { "reports/\(profile)" }

  /// The experiments that have been run.
  package var complete: [Experiment] { experiments.filter { !$0.runs.isEmpty } }

  /// Finds and reads the results of a profile.
  ///
  /// - Parameters:
  ///   - profile: The folder's name below `reports/`.
  ///   - root: The package's folder.
  /// - Throws: `Failure` with code 65 where a file is not what it should be.
  package init(profile: String, root: String) throws {
    self.root = root
    self.profile = profile
    experiments = try Self.scripts(root: root).map { name in
      try Self.experiment(name, folder: "reports/\(profile)/\(name)", root: root)
    }
  }

  /// The results of one profile, or of every profile that has any.
  ///
  /// - Throws: `Failure` with code 66 where there are none, 65 where a file is not what it should be.
  static func selected(profile: String?, root: String) throws -> [Results] {
    let available = try profiles(root: root)
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
  package static func profiles(root: String) throws -> [String] {
    let scripts = Self.scripts(root: root)
    return subfolders(root + "/reports").filter { profile in
      scripts.contains { name in
        let folder = "\(root)/reports/\(profile)/\(name)/"
        return Files.exists(folder + "metrics.csv") || Files.exists(folder + "summary.csv")
      }
    }
  }

  /// Reads a table below the root, `nil` where there is none or where it has no rows.
  package static func table(_ path: String, root: String) throws -> Table? {
    guard Files.exists("\(root)/\(path)") else { return nil }
    let table = try Table(parsing: try Files.readText("\(root)/\(path)"), name: path)
    return table.rows.isEmpty ? nil : table
  }

  /// The experiments that a reader should meet first, in this order.
  static let firstToRead = ["no-norm", "norm", "dropout"]

  static func scripts(root: String) -> [String] {
    let names = subfolders(root + "/experiments").filter {
      Files.exists("\(root)/experiments/\($0)/main.swift")
    }
    return firstToRead.filter(names.contains) + names.filter { !firstToRead.contains($0) }
  }

  private static func experiment(
    _ name: String, folder: String, root: String
  ) throws -> Experiment {
    var runs: [Run] = []
    let summary = try table(folder + "/summary.csv", root: root)
    var steps: [String: Table] = [:]
    steps[""] = try table(folder + "/steps.csv", root: root)
    if let run = try run(folder, rate: nil, root: root) { runs.append(run) }
    for subfolder in subfolders("\(root)/\(folder)") {
      if summary != nil, Double(subfolder) != nil,
        let run = try run("\(folder)/\(subfolder)", rate: subfolder, root: root)
      {
        runs.append(run)
      } else if let table = try table("\(folder)/\(subfolder)/steps.csv", root: root) {
        steps[subfolder] = table
      }
    }
    return Experiment(
      name: name, folder: folder, script: "experiments/\(name)/main.swift", runs: runs,
      summary: summary, steps: steps)
  }

  private static func run(_ folder: String, rate: String?, root: String) throws -> Run? {
    guard let metrics = try table(folder + "/metrics.csv", root: root) else { return nil }
    for column in ["epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"] {
      guard metrics.numbers(column) != nil else {
        throw Failure(
          .corrupt, "\(folder)/metrics.csv: expected a column of numbers called \(column)")
      }
    }
    var information: [String: String] = [:]
    if Files.exists("\(root)/\(folder)/run.json") {
      let text = try Files.readText("\(root)/\(folder)/run.json")
      information = try JSON(parsing: text, name: folder + "/run.json").flattened
        .filter { !$0.key.hasPrefix("volatile.") }
    }
    return Run(
      rate: rate, folder: folder, metrics: metrics, information: information,
      predictions: try table(folder + "/predictions.csv", root: root))
  }

  static func subfolders(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { Files.isFolder("\(path)/\($0)") }
      .sorted()
  }
}
