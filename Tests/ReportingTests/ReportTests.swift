import Reporting
import Support
import TestSupport
import Testing

@Suite("Report", .temporaryFolder)
struct ReportTests {
  private func text(
    profile: String = "demo", change: (MockPackage) throws -> Void = { _ in }
  )
    throws -> String
  {
    let package = try MockPackage()
    try package.writeResults(profile: profile)
    try change(package)
    return try Report(try Results(profile: profile, root: package.root)).text()
  }

  @Test("The report's sections are in reading order")
  func sections() throws {
    let headings = try text().split(separator: "\n").filter { $0.hasPrefix("## ") }
    #expect(
      headings == [
        "## What SqueezeNet is", "## Architecture", "## Batch norm", "## Dropout", "## later",
        "## Comparison", "## Results by class", "## Images the network gets wrong",
        "## Filters of the first convolution", "## How to reproduce",
      ])
  }

  @Test("The report contains each script's prose, one heading level down, with code and figures")
  func wovenSection() throws {
    let text = try text()
    #expect(
      text.contains(
        """
        ## Batch norm

        ```swift
        import Training
        ```

        ### Result
        After 3 epochs 0.7000; unclipped 1234.

        ![Training and validation loss of norm](figures/norm-loss.svg)
        """))
    #expect(text.contains("Best 0.50, 0.8200 at 0.50, 0.7000 without."))
    #expect(text.contains("*Not run yet in this profile: `make experiment-later PROFILE=demo`*"))
  }

  @Test("Only headings move down a level, not code or other lines starting with #")
  func headings() throws {
    let text = try text {
      try $0.write(
        "//: ## A\n//: #Parameter\n//: ```\n//: # comment\n//: ```\n",
        to: "experiments/norm/main.swift")
    }
    #expect(text.contains("## norm\n\n### A\n#Parameter\n```\n# comment\n```\n"))
  }

  @Test("The report's architecture has totals and a comparison with related networks")
  func architecture() throws {
    let text = try text()
    #expect(text.contains("| **total** |  | **6,922** | **1,665,728** |"))
    #expect(
      text.contains("| AlexNet | 1,000 | 61,100,840 | 244.4 | 1.0 | 714,188,480 | torchvision |"))
    #expect(text.contains("has\n1,248,424 parameters where AlexNet has 61,100,840"))
  }

  @Test("The report lists runs, classes and mistakes but not the machine")
  func results() throws {
    let text = try text()
    #expect(
      text.contains("| norm | 733,514 | 3 | 1.5000 | 0.9000 | 0.5000 | 0.7000 | 0.7500 | 2 | – |"))
    #expect(text.contains("| 0 tench | 2 | 1.0000 | 0.5000 | English springer (1) |"))
    #expect(
      text.contains("| 1 | `val/n01440764/b.JPEG` | tench | English springer | 0.8000 | 3.2500 |"))
    #expect(text.contains("make experiment-dropout PROFILE=demo"))
    #expect(text.contains("| `configuration.lr` | 0.01 |"))
    #expect(!text.contains("somewhere"))
  }

  @Test("The report shows the notebook's curves for every profile but demo")
  func notebook() throws {
    #expect(!(try text().contains("notebook's val accuracy")))
    let quick = try text(profile: "quick")
    #expect(quick.contains("| norm | 3 | 0.7000 | 0.3814 | 250 | 0.8530 | -0.1530 |"))
    #expect(quick.contains("figures/comparison-notebook.svg"))
  }

  @Test("An unknown placeholder in a script is an error with script and line")
  func unknownName() throws {
    let error = #expect(throws: Failure.self) {
      try text { try $0.write("\n//: {{nothing}}\n", to: "experiments/norm/main.swift") }
    }
    #expect(
      error?.description.hasPrefix(
        "experiments/norm/main.swift:2: {{nothing}} is unknown, or a file is missing in "
          + "reports/demo/norm; the known names are ") == true)
  }

  @Test("A run without epochs counts as not run; a run without run.json is reported")
  func incompleteRuns() throws {
    let text = try text {
      try $0.write(metricsHeader, to: "reports/demo/norm/metrics.csv")
      try $0.write(
        metricsHeader + "1,0.01,2,0.1,2,0.1,3,4,0\n", to: "reports/demo/later/metrics.csv")
    }
    #expect(
      text.contains(
        "*Nothing to show: no epoch in metrics.csv. Again: `make experiment-norm PROFILE=demo`*"))
    #expect(text.contains("> - norm: no epoch in metrics.csv\n> - later: no predictions.csv"))
    #expect(text.contains("| later | – | 1 | 2.0000 | 0.1000 |"))
    #expect(text.contains("0.8200 at 0.50, (not run yet) without."))
  }

  @Test(
    "Epochs that an axis cannot count are reported with their file",
    arguments: ["nan", "1e30", "0"])
  func brokenEpochs(epoch: String) {
    let failure = #expect(throws: Failure.self) {
      try text {
        try $0.write(
          metricsHeader + "\(epoch),0.01,2,0.1,2,0.1,3,4,0\n", to: "reports/demo/norm/metrics.csv")
      }
    }
    #expect(
      failure
        == Failure(.corrupt, "reports/demo/norm/metrics.csv: expected epochs counted from 1"))
  }

  /// A run's record with additional members.
  private func record(status: String = "complete", epochs: Int, more: String = "") -> String {
    """
    {"status": "\(status)", "configuration": {"profile": "demo", "epochs": \(epochs)}, "data": {"train": 1000},
     \(more)"volatile": {"images_per_second": 250, "threads": 2, "peak_memory_bytes": 200000000,
     "finished": "2026-11-24T03:15:21Z", "host": "somewhere"}}
    """
  }

  @Test("An incomplete run is marked at the top of the report, in its section and in the table")
  func fewerEpochs() throws {
    let text = try text { try $0.write(record(epochs: 8), to: "reports/demo/norm/run.json") }
    #expect(
      text.contains(
        """
        > **Partial report.** Missing:
        >
        > - norm: 3 of 8 epochs in metrics.csv
        > - later: not run yet

        ## What
        """))
    #expect(
      text.contains(
        "> **Partial:** 3 of 8 epochs in metrics.csv. To complete it: `make experiment-norm "
          + "PROFILE=demo`"))
    #expect(text.contains("| norm | – | 3 of 8 | 1.5000 |"))
  }

  @Test("The report says where a run diverged, with or without a finished epoch")
  func diverged() throws {
    let text = try text {
      try $0.write(record(status: "diverged", epochs: 8), to: "reports/demo/norm/run.json")
      try $0.write(metricsHeader, to: "reports/demo/later/metrics.csv")
      try $0.write(record(status: "diverged", epochs: 8), to: "reports/demo/later/run.json")
    }
    #expect(
      text.contains("> - norm: diverged in epoch 4 of 8\n> - later: diverged in epoch 1 of 8\n"))
  }

  @Test("An unfinished sweep is reported as far as it goes and marked")
  func unfinishedSweep() throws {
    let text = try text {
      Files.remove($0.root + "/reports/demo/dropout/summary.csv")
      Files.remove($0.root + "/reports/demo/dropout/0.50/metrics.csv")
      Files.remove($0.root + "/reports/demo/dropout/0.50/run.json")
    }
    #expect(
      text.contains("> - dropout: the sweep is not finished; so far it has the rates 0.00\n"))
    #expect(text.contains("Best 0.00, (not run yet) at 0.50, 0.7000 without."))
    #expect(text.contains("| 0.00 | 2 | 1.5000 | 0.9000 | 0.5000 | 0.8000 | 0.8000 | 2 |"))
    #expect(text.contains("(figures/dropout-sweep.svg)"))
  }

  @Test("A repeated sweep shows only the rates it has finished again")
  func repeatedSweep() throws {
    let text = try text {
      try $0.write("digest\n0.00\n", to: "reports/demo/dropout/sweep.partial")
    }
    #expect(
      text.contains("> - dropout: the sweep is not finished; so far it has the rates 0.00\n"))
    #expect(!text.contains("| dropout 0.50 |"))
  }

  @Test("A dropout rate of three decimals has the same label in folder, summary and prose")
  func rateOfThreeDecimals() throws {
    let text = try text {
      let summary = "reports/demo/dropout/summary.csv"
      try $0.write(try $0.read(summary) + "0.125,2,0.1,0.9,0.5,0.81,0.81,2\n", to: summary)
      try $0.writeRun("reports/demo/dropout/0.125", accuracies: ["0.6", "0.81"])
      try $0.write(
        "//: # Dropout\n//: At an eighth {{0.125.val_accuracy}}.\n",
        to: "experiments/dropout/main.swift")
    }
    #expect(!text.contains("without a run"))
    #expect(text.contains("At an eighth 0.8100."))
    #expect(text.contains("| 0.125 | 2 | 0.1000 | 0.9000 | 0.5000 | 0.8100 | 0.8100 | 2 |"))
  }

  @Test("The report shows a run's pictures with captions")
  func pictures() throws {
    #expect(!(try text().contains(".jpeg")))
    let text = try text {
      for folder in ["norm", "dropout/0.50"] {
        for name in ["samples", "mistakes"] {
          try $0.write("", to: "reports/demo/\(folder)/\(name).jpeg")
        }
      }
    }
    #expect(text.contains("From the top: tench, English springer."))
    #expect(text.contains("](norm/samples.jpeg)") && !text.contains("](dropout/0.50/samples.jpeg)"))
    #expect(text.contains("](norm/mistakes.jpeg)"))
    #expect(text.contains("](dropout/0.50/mistakes.jpeg)"))
    #expect(
      text.contains("The 2 filters of norm; one scale for all: black is −0.5, gray 0, white 0.5"))
  }

  @Test("The report names classes as the run's record does, in tables, pictures and mistakes")
  func classNames() throws {
    let text = try text {
      try $0.write(
        #"{"data": {"class_names": ["night", "day"]}}"#, to: "reports/demo/norm/run.json")
      try $0.write("", to: "reports/demo/norm/samples.jpeg")
    }
    #expect(text.contains("| 0 night | 2 | 1.0000 | 0.5000 | day (1) |"))
    #expect(text.contains("From the top: night, day."))
    #expect(text.contains("| 1 | `val/n01440764/b.JPEG` | night | day | 0.8000 | 3.2500 |"))
  }

  @Test("The report states a normalization that differs from Imagenette's")
  func normalization() throws {
    func text(mean: String) throws -> String {
      try self.text {
        try $0.write(
          #"{"data": {"class_names": ["night", "day"], "normalization": {"mean": [\#(mean)], "#
            + #""standard_deviation": [0.2452, 0.2390, 0.2469]}}}"#,
          to: "reports/demo/norm/run.json")
      }
    }
    let own = try text(mean: "0.5, 0.25, 0.125")
    #expect(own.contains("| `data.normalization.mean` | 0.5, 0.25, 0.125 |"))
    let usual = try text(mean: "0.4625, 0.4580, 0.4295")
    #expect(!usual.contains("data.normalization"))
    #expect(!usual.contains("data.class_names"))
  }

  @Test("The report says how long its runs took")
  func times() throws {
    let text = try text { try $0.write(record(epochs: 3), to: "reports/demo/norm/run.json") }
    #expect(text.contains("| norm | 250.0 | 12 s | 2 | 0.20 | 2026-11-24 |"))
  }

  @Test(
    "Every link and image of a woven report resolves to a file",
    .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
  func links() throws {
    let package = try MockPackage()
    try package.writeResults(profile: "quick")
    try package.write(
      record(
        epochs: 3,
        more: #""configuration": {"profile": "quick", "norm": "batch", "image_size": 128}, "#
      ).replacing(#""configuration": {"profile": "demo", "epochs": 3}, "#, with: ""),
      to: "reports/quick/norm/run.json")
    for name in ["samples.jpeg", "mistakes.jpeg"] {
      try package.write("", to: "reports/quick/norm/\(name)")
    }
    try weave(profile: "quick", root: package.root)
    let links = try Links(of: "reports/quick/report.md", root: package.root)
    #expect(links.local.contains("figures/architecture.svg"))
    #expect(links.local.contains("norm/samples.jpeg"))
    #expect(links.broken == [])
  }

  @Test("The report names runs made from uncommitted sources at the top")
  func changedSources() throws {
    #expect(!(try text().contains("Made from changed sources")))
    let text = try text {
      try $0.write(#"{"commit": "abc", "dirty": false}"#, to: "reports/demo/norm/run.json")
      try $0.write(#"{"commit": "abc", "dirty": true}"#, to: "reports/demo/dropout/0.50/run.json")
    }
    #expect(text.contains("> **Made from changed sources:** dropout 0.50. The"))
  }

  @Test("The report names runs that skipped bad images at the top")
  func skippedImages() throws {
    let text = try text {
      try $0.write(#"{"data": {"skipped_images": 3}}"#, to: "reports/demo/norm/run.json")
      try $0.write(#"{"data": {"skipped_images": 0}}"#, to: "reports/demo/dropout/0.50/run.json")
    }
    #expect(text.contains("\n> **Made without some images:** norm. Files that"))
  }

  @Test("Unusual image and class names cannot break a table of the report")
  func oddNames() throws {
    let text = try text {
      try $0.write(
        Table(
          columns: ["index", "path", "label", "predicted", "loss", "probability"],
          rows: [
            ["0", "val/a\nb/c|`d`,\"e\" 犬.JPEG", "0", "1", "4.5", "0.5"],
            ["1", "val/f'g/h.JPEG", "1", "1", "0.5", "0.5"],
          ]
        ).text, to: "reports/demo/norm/predictions.csv")
    }
    #expect(
      text.contains(
        "\n| 1 | `` val/a\\nb/c\\|`d`,\"e\" 犬.JPEG `` | a\\nb | f'g | 0.5000 | 4.5000 |\n"))
    #expect(text.contains("\n| 0 a\\nb | 1 | "))
  }

  @Test("Weaving a profile without results fails and says how to make some")
  func nothing() throws {
    let package = try MockPackage()
    let error = #expect(throws: Failure.self) { try weave(root: package.root) }
    #expect(error?.code == .missing)
    #expect(
      error?.description
        == "reports/: no results to report; run: make experiment-norm PROFILE=demo")
  }
}

/// The links of a Markdown text within the repository.
private struct Links {
  /// The targets as the text spells them.
  let local: [String]
  /// The targets that do not exist.
  let broken: [String]

  init(of path: String, root: String) throws {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    let text = try Files.readText("\(root)/\(path)")
    local = text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }
      .filter { !$0.contains("://") && !$0.hasPrefix("#") }
    broken = local.filter { !Files.exists("\(root)/\(folder)/\($0)") }
  }
}
