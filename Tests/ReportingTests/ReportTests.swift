import Datasets
import Foundation
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
        "## In short", "## What SqueezeNet is", "## Architecture", "## Batch norm", "## Dropout",
        "## later",
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

        """))
    #expect(text.contains("](figures/norm-loss.svg)"))
    #expect(text.contains("Best 0.8400, 0.8400 at 0.5, 0.7000 without."))
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
      text.contains(
        "| norm | 3 | 733,514 | 3 | 1.500 ± 0.000 | 0.900 ± 0.000 | 0.500 ± 0.000 | 0.700 ± 0.100 | "
          + "0.733 ± 0.076 |"))
    // The interval of two in three images.
    #expect(
      text.contains(
        "| norm, seed 0 | 3 | 1.5000 | 0.9000 | 0.5000 | 0.7000 | 0.208 to 0.939 | 0.7500 | 2 | 0 |"
      ))
    #expect(
      text.contains(
        "| dropout 0.5 | dropout 0 | 0 | 3 | 0 | 0 | 0.000 | 0.000 to 0.000 | 1.0000 |"))
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
    #expect(quick.contains("| norm | 3 | 3 | 0.700 ± 0.100 | 0.3814 | 250 | 0.8530 | -0.153 |"))
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
    func text(_ rows: String) throws -> String {
      try self.text {
        try $0.write(metricsHeader + rows, to: "reports/demo/later/seed-0/metrics.csv")
        if rows.isEmpty { try $0.write("{}", to: "reports/demo/later/seed-0/run.json") }
      }
    }
    let none = try text("")
    #expect(
      none.contains(
        "*Nothing to show: seed 0: no epoch in metrics.csv. Again: `make experiment-later "
          + "PROFILE=demo`*"))
    #expect(none.contains("> - later: seed 0: no epoch in metrics.csv\n"))
    let one = try text("1,0.01,2,0.1,2,0.1,3,4,0\n")
    #expect(one.contains("> - later: seed 0: no predictions.csv\n"))
    #expect(one.contains("| later | 1 | 2.0000 | 0.1000 |"))
    #expect(one.contains("| later | 0 † | – | 1 | – |"))
  }

  @Test(
    "Epochs that an axis cannot count are reported with their file",
    arguments: ["nan", "1e30", "0"])
  func brokenEpochs(epoch: String) {
    let failure = #expect(throws: Failure.self) {
      try text {
        try $0.write(
          metricsHeader + "\(epoch),0.01,2,0.1,2,0.1,3,4,0\n",
          to: "reports/demo/norm/seed-0/metrics.csv")
      }
    }
    #expect(
      failure
        == Failure(.corrupt, "reports/demo/norm/seed-0/metrics.csv: expected epochs counted from 1")
    )
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
    let text = try text {
      try $0.write(record(status: "partial", epochs: 8), to: "reports/demo/norm/seed-0/run.json")
    }
    #expect(
      text.contains(
        """
        > **Partial report.** Missing:
        >
        > - norm: seed 0: 3 of 8 epochs in metrics.csv
        > - later: not run yet

        ## In short
        """))
    #expect(
      text.contains(
        "> **Partial:** seed 0: 3 of 8 epochs in metrics.csv. To complete it: `make experiment-norm "
          + "PROFILE=demo`"))
    #expect(text.contains("| norm, seed 0 | 3 of 8 | 1.5000 |"))
    #expect(text.contains("| norm | 2 † |"))
  }

  @Test("The report says where a run diverged, with or without a finished epoch")
  func diverged() throws {
    let text = try text {
      try $0.write(record(status: "diverged", epochs: 8), to: "reports/demo/norm/seed-0/run.json")
      try $0.write(metricsHeader, to: "reports/demo/later/seed-0/metrics.csv")
      try $0.write(record(status: "diverged", epochs: 8), to: "reports/demo/later/seed-0/run.json")
    }
    #expect(
      text.contains(
        "> - norm: seed 0: diverged in epoch 4 of 8\n> - later: seed 0: diverged in epoch 1 of 8\n")
    )
  }

  @Test("An unfinished sweep is reported as far as it goes")
  func unfinishedSweep() throws {
    let text = try text {
      for seed in 0...1 {
        Files.remove("\($0.root)/reports/demo/dropout/dropout-0.5/seed-\(seed)/metrics.csv")
        Files.remove("\($0.root)/reports/demo/dropout/dropout-0.5/seed-\(seed)/run.json")
      }
    }
    #expect(text.contains("Best 0.8000, (not run yet) at 0.5, 0.7000 without."))
    #expect(!text.contains("| dropout 0.5 |"))
  }

  @Test("The report opens with the best arm, the differences and the silenced classes")
  func inShort() throws {
    let text = try text()
    #expect(
      text.contains(
        "The most accurate of 3 arms on the validation images is **dropout 0.5** with 0.840 ± 0.028 "
          + "(n = 2) †. Of 1 compared arm, none differs from the baseline with a 95 % interval that leaves out 0. "
          + "1 of 8 runs silences classes, and 1 of the comparisons is between runs that differ in it."
      ))
    #expect(
      text.contains(
        """
        | norm | 3 | 0.700 ± 0.100 | – | – | 0, 0, 0 | 0, 0, 0 |
        | dropout 0 | 3 | 0.800 ± 0.100 | – | – | 0, 1, 0 | 0, 1, 0 |
        | dropout 0.5 | 2 † | 0.840 ± 0.028 | -0.010 [-0.391, +0.371] | dropout 0 | 0, 0 | 0, 0 |
        """))
    #expect(text.contains("\n† From fewer than three seeds"))
  }

  @Test("With a single common seed, the interval is of images and marked so")
  func singleSeed() throws {
    let text = try text { try $0.writeRun("reports/demo/later/seed-0", accuracies: ["0.75"]) }
    #expect(text.contains("| later | 1 † | 0.750 | +0.050 [0.000, 0.000] ‡ | norm | 0 | 0 |"))
    #expect(text.contains("\n‡ From a single seed: the interval is the paired bootstrap's"))
  }

  @Test("Where compared arms differ in silenced classes, a warning has what is left without these")
  func silencedClasses() throws {
    let warning = "> **Different silenced classes.**"
    let text = try text()
    // At the top, and in the section of the sweep.
    #expect(text.components(separatedBy: warning).count == 3)
    #expect(
      text.contains(
        "> - dropout 0.5 against dropout 0: 0.500 ± 0.000 against 0.750 ± 0.354 "
          + "over 1 class, difference -0.250 (95 % interval -3.427 to +2.927, n = 2) †\n"))
    let none = try self.text {
      try $0.writeRun("reports/demo/dropout/dropout-0/seed-1", accuracies: ["0.6", "0.9"])
    }
    #expect(!none.contains(warning))
    #expect(none.contains("No run silences a class."))
  }

  @Test("Profiles on Imagenette name fastai's board as context")
  func board() throws {
    #expect(
      try text(profile: "quick").contains(
        "[fastai's board of Imagenette](https://github.com/fastai/imagenette) lists 85.8 % in 5 epochs "
          + "at 128 px (mean of 5 runs) and 91.6 % in 20 epochs at 128 px (mean of 5 runs)."))
    #expect(!(try text().contains("fastai's board")))
  }

  @Test("Classes of an arm's other runs are folded away")
  func otherSeeds() throws {
    let text = try text()
    #expect(text.contains("\n### norm, seed 0\n"))
    #expect(text.contains("<details><summary>norm, seed 1</summary>\n\n| class | images |"))
    #expect(!text.contains("<details><summary>dropout 0, seed 0</summary>"))
  }

  @Test("The report shows samples of the first run, mistakes of every experiment, with captions")
  func pictures() throws {
    #expect(!(try text().contains("-samples.svg")))
    let text = try text {
      for folder in ["norm/seed-0", "dropout/dropout-0.5/seed-0"] {
        try $0.write(
          #"{"status": "complete", "configuration": {"profile": "demo"}}"#,
          to: "reports/demo/\(folder)/run.json")
        for name in ["samples", "mistakes"] {
          try $0.write("", to: "reports/demo/\(folder)/\(name).jpeg")
        }
      }
    }
    #expect(
      text.contains(
        """
        ![Rows of training images, each row with the name of its class](figures/norm-samples.svg)

        *Training images of norm, seed 0.*
        """))
    #expect(!text.contains("dropout-samples.svg"))
    #expect(text.contains("](figures/norm-mistakes.svg)"))
    #expect(text.contains("](figures/dropout-mistakes.svg)"))
    #expect(text.contains("](figures/norm-filters.svg)"))
  }

  @Test("A run that differs from others of its arm in more than the seed is left out, and named")
  func strangers() throws {
    let text = try text {
      for seed in 1...2 {
        try $0.writeRun("reports/demo/norm/seed-\(seed)", accuracies: ["0.1", "0.2", "0.3"])
      }
      let path = "reports/demo/norm/seed-1/run.json"
      try $0.write(
        #"{"status": "complete", "configuration": {"profile": "demo", "seed": 9}}"#, to: path)
    }
    #expect(text.contains("> - norm: seed 1: left out: its run.json has seed 9\n"))
  }

  @Test("The report names classes as the run's record does, in tables and mistakes")
  func classNames() throws {
    let text = try text {
      try $0.write(
        #"{"data": {"class_names": ["night", "day"]}}"#, to: "reports/demo/norm/seed-0/run.json")
    }
    #expect(text.contains("| 0 night | 2 | 1.0000 | 0.5000 | day (1) |"))
    #expect(text.contains("| 1 | `val/n01440764/b.JPEG` | night | day | 0.8000 | 3.2500 |"))
  }

  @Test("The report states a normalization that differs from Imagenette's")
  func normalization() throws {
    func text(mean: String) throws -> String {
      try self.text {
        try $0.write(
          #"{"data": {"class_names": ["night", "day"], "normalization": {"mean": [\#(mean)], "#
            + #""standard_deviation": [0.2452, 0.2390, 0.2469]}}}"#,
          to: "reports/demo/norm/seed-0/run.json")
      }
    }
    let own = try text(mean: "0.5, 0.25, 0.125")
    #expect(own.contains(" | `data.normalization.mean` | "))
    #expect(own.contains(" | 0.5, 0.25, 0.125 | "))
    let usual = try text(mean: "0.4625, 0.4580, 0.4295")
    #expect(!usual.contains("data.normalization"))
    #expect(!usual.contains("data.class_names"))
  }

  @Test("The report says how long its runs took")
  func times() throws {
    let text = try text { try $0.write(record(epochs: 3), to: "reports/demo/norm/seed-0/run.json") }
    #expect(text.contains("| norm, seed 0 | 250.0 | 12 s | 2 | 0.20 | 2026-11-24 |"))
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
      to: "reports/quick/norm/seed-0/run.json")
    for (name, side) in [("samples.jpeg", 64), ("mistakes.jpeg", 96)] {
      let picture = Image(
        size: ImageSize(width: side, height: side),
        pixels: [UInt8](repeating: 0, count: side * side * 3))
      try Files.write(
        try picture.jpeg(quality: 60), to: "\(package.root)/reports/quick/norm/seed-0/\(name)")
    }
    try weave(profile: "quick", root: package.root)
    let links = try Links(of: "reports/quick/report.md", root: package.root)
    #expect(links.local.contains("figures/architecture.svg"))
    #expect(links.local.contains("figures/norm-samples.svg"))
    #expect(links.broken == [])
  }

  @Test("The report names runs made from uncommitted sources at the top")
  func changedSources() throws {
    #expect(!(try text().contains("Made from changed sources")))
    let text = try text {
      try $0.write(#"{"commit": "abc", "dirty": false}"#, to: "reports/demo/norm/seed-0/run.json")
      try $0.write(
        #"{"commit": "abc", "dirty": true}"#, to: "reports/demo/dropout/dropout-0.5/seed-0/run.json"
      )
    }
    #expect(text.contains("> **Made from changed sources:** dropout 0.5, seed 0. The"))
  }

  @Test("The report names runs that skipped bad images at the top")
  func skippedImages() throws {
    let text = try text {
      try $0.write(#"{"data": {"skipped_images": 3}}"#, to: "reports/demo/norm/seed-0/run.json")
      try $0.write(
        #"{"data": {"skipped_images": 0}}"#, to: "reports/demo/dropout/dropout-0.5/seed-0/run.json")
    }
    #expect(text.contains("\n> **Made without some images:** norm, seed 0. Files that"))
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
        ).text, to: "reports/demo/norm/seed-0/predictions.csv")
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
