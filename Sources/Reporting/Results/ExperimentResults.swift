import Support
import Training

/// An experiment: its script and, once it has been run, its results.
package struct ExperimentResults: Sendable {
  package let name: String
  /// The folder of its results, relative to the package's root.
  package let folder: String
  /// The place of its color in the palette, from 1: the same in every figure.
  package let color: Int
  /// By the values of the swept settings; empty where it has not been run yet.
  package let arms: [ArmResults]
  /// The missing parts of its results, in a few words each; empty where they are complete.
  package let gaps: [String]

  /// The script, relative to the package's root.
  package var script: String { "experiments/\(name)/main.swift" }

  /// All runs, arm by arm.
  package var runs: [RunResults] { arms.flatMap(\.runs) }

  /// The swept settings, in the order of the table of settings.
  package var sweptSettings: [String] {
    let swept = Set(arms.flatMap { $0.arm.values.map(\.setting) })
    return Settings.table.map(\.label).filter(swept.contains)
  }

  /// The arm that represents the experiment in comparisons: the one with the highest mean of final
  /// validation accuracies, the first of equals. An arm in which all swept settings are 0 leaves out the
  /// sweep's subject, so it is chosen only if there is no other.
  package var representative: ArmResults? {
    let candidates = arms.filter { arm in
      arm.arm.values.isEmpty || arm.arm.values.contains { Double($0.text) != 0 }
    }
    // An arm without a complete run has no mean, and NaN is above nothing.
    var best = candidates.first { !$0.completeRuns.isEmpty } ?? candidates.first ?? arms.first
    for arm in candidates {
      guard let other = best else { break }
      if arm.final("val_accuracy").mean > other.final("val_accuracy").mean { best = arm }
    }
    return best
  }

  /// The name of a run in a table or legend: the arm's, with the seed where the arm has several.
  package func label(_ run: RunResults) -> String {
    guard let arm = arms.first(where: { $0.arm == run.arm }) else { return name }
    return arm.label + (arm.runs.count > 1 ? ", seed \(run.seed)" : "")
  }
}

extension ExperimentResults {
  /// Reads an experiment's folder.
  ///
  /// - Throws: `Failure` with code 65 if a file is malformed.
  init(_ name: String, color: Int, folder: String, root: String) throws {
    var arms: [ArmResults] = []
    var gaps: [String] = []
    for (arm, seeds) in Self.runs(in: "\(root)/\(folder)") {
      var runs: [RunResults] = []
      for seed in seeds {
        let place = "\(folder)/\(arm.folder(seed: seed))"
        let path = RunFile.record.path(in: place)
        let record =
          Files.exists("\(root)/\(path)")
          ? try RunRecord(parsing: try Files.readText("\(root)/\(path)"), name: path) : nil
        let prefix = (arm.values.isEmpty ? "" : arm.label + ", ") + "seed \(seed): "
        if let stranger = Self.stranger(record, arm: arm, seed: seed, among: runs) {
          gaps.append("\(prefix)left out: \(stranger)")
        } else if let run = try RunResults(
          place, arm: arm, seed: seed, record: record, root: root)
        {
          runs.append(run)
          if let gap = run.gap { gaps.append(prefix + gap) }
        } else if let record {
          let epochs = record.settings.map { "\($0.epochs)" } ?? "?"
          gaps.append(
            prefix
              + (record.status == .diverged
                ? "diverged in epoch 1 of \(epochs)" : "no epoch in \(RunFile.metrics.name)"))
        }
      }
      if !runs.isEmpty { arms.append(ArmResults(experiment: name, arm: arm, runs: runs)) }
    }
    self.init(name: name, folder: folder, color: color, arms: arms, gaps: gaps)
  }

  /// Why a run does not belong in its folder, in a few words: runs of an arm differ in the seed alone. `nil`
  /// where it does. Settings that a record does not have are not compared.
  private static func stranger(
    _ record: RunRecord?, arm: Arm, seed: UInt64, among others: [RunResults]
  ) -> String? {
    func texts(_ record: RunRecord?) -> [String: String] {
      guard let record, let settings = record.settings else { return [:] }
      let rows = Settings.table.filter { record.json["configuration", $0.key] != nil }
      return Dictionary(uniqueKeysWithValues: rows.map { ($0.label, $0.text(settings)) })
    }
    let own = texts(record)
    var expected = ["seed": "\(seed)"]
    for value in arm.values { expected[value.setting] = value.text }
    for (setting, text) in expected.sorted(by: { $0.key < $1.key }) {
      if let there = own[setting], there != text {
        return "its \(RunFile.record.name) has \(setting) \(there)"
      }
    }
    guard let other = others.first else { return nil }
    let theirs = texts(other.record)
    let different = own.keys.sorted().filter { setting in
      setting != "seed" && theirs[setting].map { $0 != own[setting] } ?? false
    }
    return different.isEmpty
      ? nil : "differs from seed \(other.seed) in \(different.joined(separator: ", "))"
  }

  /// The arms and seeds that have a folder in that of an experiment, sorted.
  static func runs(in folder: String) -> [(arm: Arm, seeds: [UInt64])] {
    let arms = [Arm()] + Results.subfolders(folder).compactMap(Arm.init(folder:))
    return arms.sorted().compactMap { arm in
      let seeds = Results.subfolders(arm.values.isEmpty ? folder : "\(folder)/\(arm.folder)")
        .compactMap(Arm.seed(ofFolder:)).sorted()
      return seeds.isEmpty ? nil : (arm, seeds)
    }
  }
}
