import Datasets
import Support
import Training

extension Report {
  /// How to repeat the runs, what they were made from, and how long they took.
  func reproduction() -> [String] {
    let runs = results.allRuns
    guard !runs.isEmpty else { return [] }
    var commands: [String] = []
    for (experiment, run) in runs {
      let command =
        run.record?.command ?? "make experiment-\(experiment.name) PROFILE=\(results.profile)"
      // Older records of a sweep have one command for all of its runs.
      if !commands.contains(command) { commands.append(command) }
    }
    var parts = [
      "## How to reproduce",
      "On the commit named below, with the data of the fingerprint below:",
      "```sh\n" + commands.joined(separator: "\n") + "\n```",
    ]
    let entries = runs.map { $0.1.entries }
    let usesOwnNormalization = runs.contains {
      $0.1.record?.normalization.map { $0 != Imagenette.normalization } ?? false
    }
    let names = Set(entries.flatMap(\.keys)).sorted().filter { name in
      // The commands are listed above, the classes in their own section; Imagenette's normalization is
      // the usual one.
      !["command", "data.class_names"].contains(name)
        && (usesOwnNormalization || !name.hasPrefix("data.normalization."))
    }
    let shared = names.filter { name in entries.allSatisfy { $0[name] == entries[0][name] } }
    let different = names.filter { !shared.contains($0) }
    if !shared.isEmpty {
      parts.append(runs.count == 1 ? "The run was made from:" : "All runs share:")
      parts.append(
        Table(
          columns: ["", "value"],
          rows: shared.map { ["`\($0)`", (entries[0][$0] ?? "").abbreviated] }
        ).markdown)
    }
    if !different.isEmpty {
      let table = Table(
        columns: ["run"] + different.map { "`\($0)`" },
        rows: zip(runs, entries).map { run, entries in
          [run.0.label(run.1)] + different.map { entries[$0]?.abbreviated ?? "–" }
        })
      parts.append(
        "<details><summary>They differ in</summary>\n\n\(table.markdown)\n\n</details>")
    }
    parts.append(
      "`metrics.csv` of a run does not depend on the number of threads, on interruptions or on "
        + "time: the same commit, data, configuration and engine give the same bytes.")
    return parts + times(runs)
  }

  /// How long the committed runs took: facts about them that a repetition need not share.
  private func times(_ runs: [(ExperimentResults, RunResults)]) -> [String] {
    let rows = runs.compactMap { experiment, run -> [String]? in
      guard let record = run.record, let rate = record.imagesPerSecond, rate > 0 else { return nil }
      // From the rate: the run's own clock starts again where it is resumed.
      let seconds = record.trainingImages.map { Double($0 * run.metrics.rows.count) / rate }
      return [
        experiment.label(run), Rounding.tenths(rate), seconds.map(duration) ?? "–",
        record.threads.map(Rounding.count) ?? "–",
        record.peakMemory.map { Rounding.hundredths(Double($0) / 1e9) } ?? "–",
        String((record.finished ?? "–").prefix(10)),
      ]
    }
    guard !rows.isEmpty else { return [] }
    return [
      "The time that these runs took, on the machine that `volatile` in each `run.json` names; this "
        + "part differs when a run is repeated:",
      Table(
        columns: [
          "run", "training images per second", "training at that rate", "threads",
          "peak memory (GB)", "finished",
        ], rows: rows
      ).markdown,
    ]
  }

  /// `42 s`, `12 min` or `3.4 h`.
  private func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: "\(Int(seconds.rounded())) s"
    case ..<7200: "\(Int((seconds / 60).rounded())) min"
    default: "\(Rounding.tenths(seconds / 3600)) h"
    }
  }
}
