import Reporting
import Support
import Testing

@Suite("Report")
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

  @Test("Sections stand in reading order")
  func sections() throws {
    let headings = try text().split(separator: "\n").filter { $0.hasPrefix("## ") }
    #expect(
      headings == [
        "## What SqueezeNet is", "## Architecture", "## Batch norm", "## Dropout", "## later",
        "## Comparison", "## Results by class", "## Images the network gets wrong",
        "## How to reproduce",
      ])
  }

  @Test("Prose is filled in, one heading level down, with its code and figures")
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

  @Test("Only headings move down a level, not code or other lines that start with #")
  func headings() throws {
    let text = try text {
      try $0.write(
        "//: ## A\n//: #Parameter\n//: ```\n//: # comment\n//: ```\n",
        to: "experiments/norm/main.swift")
    }
    #expect(text.contains("## norm\n\n### A\n#Parameter\n```\n# comment\n```\n"))
  }

  @Test("The architecture has totals and is compared with the networks it comes from")
  func architecture() throws {
    let text = try text()
    #expect(text.contains("| **total** |  | **6,922** | **1,665,728** |"))
    #expect(text.contains("| AlexNet | 1,000 | 61,100,840 | 244.4 | 1.0 | torchvision |"))
    #expect(text.contains("has\n1,248,424 parameters where AlexNet has 61,100,840"))
  }

  @Test("Runs, classes and mistakes are listed, nothing volatile is")
  func results() throws {
    let text = try text()
    #expect(
      text.contains("| norm | 733,514 | 3 | 1.5000 | 0.9000 | 0.5000 | 0.7000 | 0.7500 | 2 |"))
    #expect(text.contains("| 0 tench | 2 | 1.0000 | 0.5000 | English springer (1) |"))
    #expect(text.contains("| `val/n01440764/b.JPEG` | tench | English springer | 3.2500 |"))
    #expect(text.contains("make experiment-dropout PROFILE=demo"))
    #expect(text.contains("| `configuration.lr` | 0.01 |"))
    #expect(!text.contains("somewhere") && !text.contains("12.5"))
  }

  @Test("The notebook's curves stand beside every profile but demo")
  func notebook() throws {
    #expect(!(try text().contains("notebook's val accuracy")))
    let quick = try text(profile: "quick")
    #expect(quick.contains("| norm | 3 | 0.7000 | 0.3814 | 250 | 0.8530 | -0.1530 |"))
    #expect(quick.contains("figures/comparison-notebook.svg"))
  }

  @Test("An unknown name in prose is an error that names script and line")
  func unknownName() throws {
    let error = #expect(throws: Failure.self) {
      try text { try $0.write("\n//: {{nothing}}\n", to: "experiments/norm/main.swift") }
    }
    #expect(error?.description.hasPrefix("experiments/norm/main.swift:2: {{nothing}}") == true)
  }

  @Test("A run without epochs counts as not run yet, one without run.json is reported")
  func incompleteRuns() throws {
    let text = try text {
      try $0.write(metricsHeader, to: "reports/demo/norm/metrics.csv")
      try $0.write(
        metricsHeader + "1,0.01,2,0.1,2,0.1,3,4,0\n", to: "reports/demo/later/metrics.csv")
    }
    #expect(text.contains("*Not run yet in this profile: `make experiment-norm PROFILE=demo`*"))
    #expect(text.contains("| later | – | 1 | 2.0000 | 0.1000 |"))
    #expect(text.contains("0.8200 at 0.50, (not run yet) without."))
  }

  @Test("Runs made from changed sources are named at the top, and only those")
  func changedSources() throws {
    #expect(!(try text().contains("Made from changed sources")))
    let text = try text {
      try $0.write(#"{"commit": "abc", "dirty": false}"#, to: "reports/demo/norm/run.json")
      try $0.write(#"{"commit": "abc", "dirty": true}"#, to: "reports/demo/dropout/0.50/run.json")
    }
    #expect(
      text.split(separator: "\n")[2].hasPrefix("> **Made from changed sources:** dropout 0.50. The")
    )
  }

  @Test("Runs from which bad images were left out are named at the top")
  func skippedImages() throws {
    let text = try text {
      try $0.write(#"{"data": {"skipped_images": 3}}"#, to: "reports/demo/norm/run.json")
      try $0.write(#"{"data": {"skipped_images": 0}}"#, to: "reports/demo/dropout/0.50/run.json")
    }
    #expect(
      text.split(separator: "\n")[2].hasPrefix("> **Made without some images:** norm. Files that"))
  }

  @Test("Odd names of images and classes stay in their row")
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
      text.contains("\n| `` val/a\\nb/c\\|`d`,\"e\" 犬.JPEG `` | a\\nb | f'g | 4.5000 |\n"))
    #expect(text.contains("\n| 0 a\\nb | 1 | "))
  }

  @Test("A profile without results is an error that says how to make some")
  func nothing() throws {
    let package = try MockPackage()
    let error = #expect(throws: Failure.self) { try weave(root: package.root) }
    #expect(error?.code == .missing)
    #expect(
      error?.description
        == "reports/: no results to report; run: make experiment-norm PROFILE=demo")
  }
}
