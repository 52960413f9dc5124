import Support
import Training

/// An experiment: its script and, once it has been run, its results.
package struct ExperimentResults: Sendable {
  package let name: String
  /// The folder of its results, relative to the package's root.
  package let folder: String
  /// The place of its color in the palette, from 1: the same in every figure.
  package let color: Int
  /// A single run, or one per rate of a sweep; empty where it has not been run yet.
  package let runs: [RunResults]
  /// The table of a sweep, made from its runs where the sweep has not written it yet.
  package let summary: Table?
  /// The recordings of single steps (`steps.csv`) by the name of their folder: `unclipped`, and `""`
  /// for the run itself.
  package let steps: [String: Table]
  /// The missing parts of its results, in a few words each; empty where they are complete.
  package let gaps: [String]

  /// The script, relative to the package's root.
  package var script: String { "experiments/\(name)/main.swift" }

  /// The run that represents the experiment in comparisons: of a sweep the one with the highest final
  /// validation accuracy, the first of equals. A rate of 0 leaves out the sweep's subject, so it is
  /// chosen only if there is no other run.
  package var representative: RunResults? {
    let candidates = runs.filter { $0.rate.flatMap { Double($0) } != 0 }
    var best = candidates.first ?? runs.first
    for run in candidates {
      guard let other = best else { break }
      if run.final("val_accuracy") > other.final("val_accuracy") { best = run }
    }
    return best
  }

  /// The name of a run in a table or legend.
  package func label(_ run: RunResults) -> String {
    run.rate.map { "\(name) \($0)" } ?? name
  }
}

extension ExperimentResults {
  /// Reads an experiment's folder.
  ///
  /// - Throws: `Failure` with code 65 if a file is malformed.
  init(_ name: String, color: Int, folder: String, root: String) throws {
    var runs: [RunResults] = []
    var gaps: [String] = []
    func addRun(_ folder: String, rate: String?) throws {
      let path = RunFile.record.path(in: folder)
      let record =
        Files.exists("\(root)/\(path)")
        ? try RunRecord(parsing: try Files.readText("\(root)/\(path)"), name: path) : nil
      let prefix = rate.map { "\($0): " } ?? ""
      if let run = try RunResults(folder, rate: rate, record: record, root: root) {
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
    func table(_ file: RunFile, in folder: String) throws -> Table? {
      try Results.table(file.path(in: folder), root: root)
    }

    try addRun(folder, rate: nil)
    // A sweep at work keeps a list of the rates that it has completed; all other runs, and the
    // summary, are an earlier sweep's.
    let completed = try table(.journal, in: folder)?.rows.map { $0[0] }
    for rate in Results.rates(in: "\(root)/\(folder)") where completed?.contains(rate) ?? true {
      try addRun("\(folder)/\(rate)", rate: rate)
    }
    var steps: [String: Table] = [:]
    steps[""] = try table(.steps, in: folder)
    for name in Results.subfolders("\(root)/\(folder)") where Double(name) == nil {
      steps[name] = try table(.steps, in: "\(folder)/\(name)")
    }

    var summary = completed == nil ? try table(.summary, in: folder) : nil
    for rate in (summary?.numbers(Sweep.rateColumn) ?? []).map(Sweep.label)
    where !runs.contains(where: { $0.rate == rate }) {
      gaps.append("\(rate): in \(RunFile.summary.name), but without a run")
    }
    if summary == nil, runs.contains(where: { $0.rate != nil }) {
      gaps.append(
        "the sweep is not finished; so far it has the rates "
          + runs.compactMap(\.rate).joined(separator: ", "))
      summary = Sweep.summary(of: runs.map { (Double($0.rate ?? "") ?? .nan, $0.metrics) })
    }
    self.init(
      name: name, folder: folder, color: color, runs: runs, summary: summary, steps: steps,
      gaps: gaps)
  }
}
