import Support

extension Report {
  /// What repeats the runs, what they were made from, and how long they took.
  func reproduction() -> [String] {
    let runs = results.allRuns
    guard let (_, first) = runs.first else { return [] }
    let commands = results.complete.map { experiment in
      experiment.runs.first?.information["command"]
        ?? "make experiment-\(experiment.name) PROFILE=\(results.profile)"
    }
    var parts = [
      "## How to reproduce",
      "On the commit named below, with the data of the fingerprint below:",
      "```sh\n" + commands.joined(separator: "\n") + "\n```",
    ]
    let keys = Set(runs.flatMap { $0.1.information.keys }).subtracting(["command"]).sorted()
    let shared = keys.filter { key in
      runs.allSatisfy { $0.1.information[key] == first.information[key] }
    }
    let different = keys.filter { !shared.contains($0) }
    if !shared.isEmpty {
      parts.append(runs.count == 1 ? "What the run was made from:" : "What all runs share:")
      parts.append(
        Table(
          columns: ["", "value"],
          rows: shared.map { ["`\($0)`", (first.information[$0] ?? "").abbreviated] }
        ).markdown)
    }
    if !different.isEmpty {
      parts.append("What sets them apart:")
      parts.append(
        Table(
          columns: [""] + runs.map { $0.0.label($0.1) },
          rows: different.map { key in
            ["`\(key)`"] + runs.map { $0.1.information[key]?.abbreviated ?? "–" }
          }
        ).markdown)
    }
    parts.append(
      "`metrics.csv` of a run does not depend on the number of threads, on interruptions or on "
        + "time: the same commit, data, configuration and engine give the same bytes.")
    return parts + times(runs)
  }

  /// How long the committed runs took: facts about them that a repetition need not share.
  private func times(_ runs: [(ExperimentResults, Run)]) -> [String] {
    let rows = runs.compactMap { experiment, run -> [String]? in
      func number(_ name: String) -> Double? { run.volatile[name].flatMap { Double($0) } }
      guard let rate = number("images_per_second"), rate > 0 else { return nil }
      // From the rate: the run's own clock starts again where it is resumed.
      let images = run.information["data.train"].flatMap { Double($0) }
      let seconds = images.map { $0 * Double(run.metrics.rows.count) / rate }
      return [
        experiment.label(run), Rounding.tenths(rate), seconds.map(duration) ?? "–",
        number("threads").map { Rounding.count(Int($0)) } ?? "–",
        number("peak_memory_bytes").map { Rounding.hundredths($0 / 1e9) } ?? "–",
        String((run.volatile["finished"] ?? "–").prefix(10)),
      ]
    }
    guard !rows.isEmpty else { return [] }
    return [
      "How long these runs took, on the machine that `volatile` in each `run.json` names; this part "
        + "differs when a run is repeated:",
      Table(
        columns: [
          "run", "training images a second", "training at that rate", "threads",
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
