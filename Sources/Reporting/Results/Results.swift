import Foundation
import Support
import Training

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
  /// The volatile part of `run.json`.
  package let volatile: [String: String]
  /// One row an image of the validation set, where the run is complete.
  package let predictions: Table?
  /// The weights of the first convolution, a row a filter and position, where the run has them.
  package let filters: Table?
  /// The pictures that are in its folder.
  package let pictures: Set<Picture>

  /// A picture that a run leaves in its folder.
  package enum Picture: String, CaseIterable {
    case samples = "samples.jpeg"
    case mistakes = "mistakes.jpeg"
  }

  /// The numbers of a metric, NaN where a field is not a number.
  package func numbers(_ column: String) -> [Double] {
    (metrics[column] ?? []).map { Double($0) ?? .nan }
  }

  /// The epochs that the run was to have, as far as it says.
  package var plannedEpochs: Int? {
    information["configuration.epochs"].flatMap { Int($0) }
  }

  /// The largest norm that its gradients were scaled down to, `nil` where they were not.
  package var gradientNormLimit: Double? {
    information["configuration.clip_grad_norm"].flatMap { Double($0) }
  }

  /// What is missing of the run, `nil` where it is whole.
  package var gap: String? {
    let epochs = metrics.rows.count
    let planned = plannedEpochs.map(String.init) ?? "?"
    if information["status"] == "diverged" {
      return "diverged in epoch \(epochs + 1) of \(planned)"
    }
    if let plannedEpochs, epochs < plannedEpochs {
      return "\(epochs) of \(planned) epochs in metrics.csv"
    }
    return predictions == nil ? "no predictions.csv" : nil
  }

  /// The metric after the last epoch, NaN where there is none.
  package func final(_ column: String) -> Double { numbers(column).last ?? .nan }

  /// The best validation accuracy and the first epoch that reached it, where there is one.
  package var best: (accuracy: Double, epoch: Int)? { Sweep.bestEpoch(of: metrics) }
}

/// An experiment: its script and, once it has been run, its results.
package struct ExperimentResults: Sendable {
  package let name: String
  /// The folder of its results, seen from the package's root.
  package let folder: String
  /// The script, seen from the package's root.
  package let script: String
  /// One run; one a rate for a sweep; none where it has not been run yet.
  package let runs: [Run]
  /// The table of a sweep, made from its runs where the sweep has not written it yet.
  package let summary: Table?
  /// Recordings of single steps (`steps.csv`) by the name of their folder: `unclipped`, and `""`
  /// for the run itself.
  package let steps: [String: Table]
  /// What is missing of its results, in a few words each; empty where they are whole.
  package let gaps: [String]

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
  package let experiments: [ExperimentResults]

  /// The folder of the profile, seen from the root.
  package var folder: String { "reports/\(profile)" }

  /// The experiments that have been run.
  package var complete: [ExperimentResults] { experiments.filter { !$0.runs.isEmpty } }

  /// Every run with its experiment, in reading order.
  var allRuns: [(ExperimentResults, Run)] {
    complete.flatMap { experiment in experiment.runs.map { (experiment, $0) } }
  }

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
        let folder = "\(root)/reports/\(profile)/\(name)"
        let sweep = subfolders(folder).filter { Double($0) != nil }.map { "\(folder)/\($0)" }
        return Files.exists("\(folder)/summary.csv")
          || ([folder] + sweep).contains { Files.exists("\($0)/metrics.csv") }
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
  ) throws -> ExperimentResults {
    var runs: [Run] = []
    var gaps: [String] = []
    var steps: [String: Table] = [:]
    steps[""] = try table(folder + "/steps.csv", root: root)
    func addRun(_ folder: String, rate: String?) throws {
      if let run = try run(folder, rate: rate, root: root) {
        runs.append(run)
        if let gap = run.gap { gaps.append((rate.map { "\($0): " } ?? "") + gap) }
      } else if let record = try record(folder, root: root) {
        gaps.append(
          (rate.map { "\($0): " } ?? "")
            + (record["status"] == "diverged"
              ? "diverged in epoch 1 of \(record["configuration.epochs"] ?? "?")"
              : "no epoch in metrics.csv"))
      }
    }
    // A sweep at work keeps the list of the rates that it has finished; the others, and its summary,
    // are those of an earlier one.
    let journal = try table(folder + "/sweep.partial", root: root)?.rows.map { $0[0] }
    try addRun(folder, rate: nil)
    for subfolder in subfolders("\(root)/\(folder)") {
      if let table = try table("\(folder)/\(subfolder)/steps.csv", root: root),
        Double(subfolder) == nil
      {
        steps[subfolder] = table
      } else if Double(subfolder) != nil, journal?.contains(subfolder) ?? true {
        try addRun("\(folder)/\(subfolder)", rate: subfolder)
      }
    }
    let written = journal == nil ? try table(folder + "/summary.csv", root: root) : nil
    let isSweep = written != nil || runs.contains { $0.rate != nil }
    if isSweep, written == nil {
      gaps.append(
        "the sweep is not finished; so far it has the rates "
          + runs.compactMap(\.rate).joined(separator: ", "))
    }
    for rate in (written?.numbers(Sweep.rateColumn) ?? []).map(Sweep.label)
    where !runs.contains(where: { $0.rate == rate }) {
      gaps.append("\(rate): in summary.csv, but without a run")
    }
    return ExperimentResults(
      name: name, folder: folder, script: "experiments/\(name)/main.swift", runs: runs,
      summary: isSweep
        ? written ?? Sweep.summary(of: runs.map { (Double($0.rate ?? "") ?? .nan, $0.metrics) })
        : nil, steps: steps, gaps: gaps)
  }

  private static func run(_ folder: String, rate: String?, root: String) throws -> Run? {
    guard let metrics = try table(folder + "/metrics.csv", root: root) else { return nil }
    for column in ["epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy"] {
      guard metrics.numbers(column) != nil else {
        throw Failure(
          .corrupt, "\(folder)/metrics.csv: expected a column of numbers called \(column)")
      }
    }
    let record = try record(folder, root: root) ?? [:]
    let prefix = "volatile."
    return Run(
      rate: rate, folder: folder, metrics: metrics,
      information: record.filter { !$0.key.hasPrefix(prefix) },
      volatile: Dictionary(
        uniqueKeysWithValues: record.filter { $0.key.hasPrefix(prefix) }
          .map { (String($0.key.dropFirst(prefix.count)), $0.value) }),
      predictions: try table(folder + "/predictions.csv", root: root),
      filters: try table(folder + "/filters.csv", root: root),
      pictures: Set(
        Run.Picture.allCases.filter { Files.exists("\(root)/\(folder)/\($0.rawValue)") }))
  }

  /// What `run.json` says by dotted paths, `nil` where there is no such file.
  private static func record(_ folder: String, root: String) throws -> [String: String]? {
    let path = "\(folder)/run.json"
    guard Files.exists("\(root)/\(path)") else { return nil }
    return try JSON(parsing: try Files.readText("\(root)/\(path)"), name: path).flattened
  }

  static func subfolders(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
      .filter { Files.isFolder("\(path)/\($0)") }
      .sorted()
  }
}
