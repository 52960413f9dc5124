import Datasets
import Reporting
import Support
import TestSupport
import Testing

@Suite(
  "Figures", .temporaryFolder, .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
struct FiguresTests {
  /// Results and the figures drawn from them, by name.
  private func draw(
    _ profile: String = "demo", change: (MockPackage) throws -> Void
  ) throws -> [String: String] {
    let package = try MockPackage()
    try package.linkReportSources()
    try change(package)
    let names = try drawFigures(profile: profile, root: package.root)
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        (String($0.split(separator: "/")[3].dropLast(4)), try package.read($0))
      })
  }

  /// A run of x with training and validation accuracies by epoch.
  private func write(
    _ accuracies: [(Double, Double)], to folder: String,
    record: String = #"{"status": "complete"}"#,
    in package: MockPackage
  ) throws {
    try package.write("//: # X\n", to: "experiments/x/main.swift")
    let rows = accuracies.enumerated().map { "\($0 + 1),0.01,1,\($1.0),1,\($1.1),1,1,0\n" }
    try package.write(metricsHeader + rows.joined(), to: "reports/demo/x/\(folder)/metrics.csv")
    try package.write(record, to: "reports/demo/x/\(folder)/run.json")
  }

  @Test("Weaving draws every figure of a profile and gives the same bytes twice")
  func byteStable() throws {
    let package = try MockPackage()
    try package.writeResults(profile: "quick")
    let files = try weave(root: package.root)
    #expect(
      files.filter { $0.hasSuffix(".svg") }
        == [
          "comparison-accuracy", "comparison-loss", "comparison-learning-rate",
          "comparison-notebook", "norm-loss", "norm-accuracy", "norm-gradient-norm",
          "norm-confusion", "norm-filters", "dropout-sweep", "dropout-loss", "dropout-accuracy",
          "dropout-confusion", "dropout-filters",
        ].map { "reports/quick/figures/\($0).svg" })
    let first = try files.map(package.read)
    #expect(zip(files, first).allSatisfy { !$0.hasSuffix(".svg") || $1.hasSuffix("</svg>\n\n") })
    #expect(try weave(profile: "quick", root: package.root) == files)
    #expect(try files.map(package.read) == first)
  }

  @Test("A figure's title is its caption, and nothing in it names gnuplot's version")
  func described() throws {
    let package = try MockPackage()
    try package.writeResults()
    try drawFigures(profile: "demo", root: package.root)
    let results = try Results(profile: "demo", root: package.root)
    let figures = try results.complete.flatMap { try results.figures(of: $0) } + results.figures()
    for figure in figures {
      let svg = try package.read("reports/demo/\(figure.path)")
      #expect(svg.contains("<title>\(figure.caption)</title>\n<desc>\(figure.summary)</desc>"))
      #expect(!svg.contains("patchlevel") && figure.caption != figure.summary)
    }
  }

  @Test("Curves have a label at their end, chance, and a heading with profile, seeds and n")
  func curves() throws {
    let figures = try draw {
      for seed in [0, 3] {
        try write(
          [(0.25, 0.25), (0.75, 0.5)], to: "seed-\(seed)",
          record: #"{"configuration": {"profile": "demo", "classes": 10}}"#, in: $0)
      }
    }
    let accuracy = try #require(figures["x-accuracy"])
    for text in ["demo, seeds 0, 3 (n = 2)", "training", "validation", "chance (1/10)"] {
      #expect(accuracy.contains(text), "\(text)")
    }
    #expect(figures["x-loss"]?.contains("chance (ln 10)") == true)
    #expect(figures["x-learning-rate"] == nil)
    #expect(figures["comparison-learning-rate"]?.contains(">x<") == true)
  }

  @Test("Runs of different length are averaged, and a diverged one only drawn beside the others")
  func unequalRuns() throws {
    func figures(_ change: (MockPackage) throws -> Void) throws -> String? {
      try draw { package in
        try write([(0.25, 0.25), (0.75, 0.5)], to: "seed-0", in: package)
        try change(package)
      }["x-accuracy"]
    }
    let early = try figures { try write([(0.5, 0.5)], to: "seed-1", in: $0) }
    let diverged = try figures {
      try write([(0.5, 0.5)], to: "seed-1", record: #"{"status": "diverged"}"#, in: $0)
    }
    #expect(early?.contains("that reach an epoch, with bands") == true)
    #expect(diverged?.contains("validation, 1 of 2 diverged") == true)
    #expect(diverged?.contains("and do not diverge") == true)
  }

  @Test("A metric without finite values gets no figure, the others do")
  func nothingFinite() throws {
    let figures = try draw {
      try $0.write("//: # X\n", to: "experiments/x/main.swift")
      try $0.write(
        metricsHeader + "1,0.01,nan,0.1,inf,0.1,nan,inf,0\n",
        to: "reports/demo/x/seed-0/metrics.csv")
    }
    #expect(
      figures.keys.sorted() == [
        "comparison-accuracy", "comparison-learning-rate", "x-accuracy",
      ])
  }

  @Test("A sweep of one setting has an axis of its values, of two a heat map, of three neither")
  func sweeps() throws {
    func names(_ arms: [String]) throws -> [String: String] {
      try draw {
        for arm in arms {
          for seed in 0..<2 {
            try write([(0.75, 0.5 + 0.25 * Double(seed))], to: "\(arm)/seed-\(seed)", in: $0)
          }
        }
      }
    }
    let one = try names(["dropout-0", "dropout-0.5"])
    #expect(one["x-sweep"]?.contains("95 % intervals") == true && one["x-heat-map"] == nil)
    let words = try names(["variant-notebook", "variant-1.1"])
    #expect(words["x-sweep"]?.contains(">notebook<") == true)
    let two = try names(["lr-0.1_dropout-0", "lr-0.1_dropout-0.5", "lr-1_dropout-0"])
    #expect(two["x-sweep"] == nil)
    for text in ["0.625", "n = 2", "not run"] {
      #expect(two["x-heat-map"]?.contains(text) == true, "\(text)")
    }
    let three = try names(["lr-1_norm-none_dropout-0", "lr-1_norm-batch_dropout-0"])
    #expect(three["x-sweep"] == nil && three["x-heat-map"] == nil)
  }

  @Test("Fewer than five steps without clipping are not drawn")
  func unclipped() throws {
    func figure(steps: Int) throws -> String? {
      try draw {
        try write([(0.5, 0.5)], to: "seed-0", in: $0)
        try $0.write(
          "epoch,step,learning_rate,loss,gradient_norm\n"
            + (1...steps).map { "1,\($0),0.01,2,1e\($0)\n" }.joined(),
          to: "reports/demo/x/seed-0/unclipped/steps.csv")
      }["x-unclipped"]
    }
    #expect(try figure(steps: 4) == nil)
    #expect(try figure(steps: 5) != nil)
  }

  @Test("The confusion matrix marks silenced classes and others that are never predicted")
  func marks() throws {
    let figure = try draw {
      try write(
        [(0.5, 0.5)], to: "seed-0",
        record: #"{"silenced_classes": [1], "data": {"class_names": ["a", "b", "c"]}}"#, in: $0)
      try $0.write(
        "index,path,label,predicted,loss,probability\n0,v/a/1,0,0,1,1\n1,v/b/1,1,0,1,1\n2,v/c/1,2,0,1,1\n",
        to: "reports/demo/x/seed-0/predictions.csv")
    }["x-confusion"]
    for text in [">b (silenced)<", ">c (never)<", ">a<"] {
      #expect(figure?.contains(text) == true, "\(text)")
    }
  }

  @Test("The scale of filters is the 99th percentile of their weights, not the largest")
  func filterScale() throws {
    let figure = try draw {
      try write([(0.5, 0.5)], to: "seed-0", in: $0)
      let weights = (0..<100).map { "\($0),0,0,\($0 == 7 ? 50 : 0.5),0.5,-0.5\n" }.joined()
      try $0.write(
        "filter,row,column,red,green,blue\n" + weights,
        to: "reports/demo/x/seed-0/filters.csv")
    }["x-filters"]
    #expect(figure?.contains("black −0.5 or less and white 0.5 or more") == true)
  }

  @Test("Pictures of a run become figures with class names beside rows and below images")
  func pictures() throws {
    // Two rows of two images of 8 pixels, 4 pixels apart.
    let sheet = try Image(
      size: ImageSize(width: 20, height: 20), pixels: [UInt8](repeating: 99, count: 1200)
    ).jpeg(quality: 60)
    let figures = try draw { package in
      let record =
        #"{"configuration": {"profile": "demo", "image_size": 8},"#
        + #" "data": {"class_names": ["night & day", "dusk"]}}"#
      for seed in 0..<2 {
        let run = "reports/demo/x/seed-\(seed)"
        try write([(0.5, 0.5)], to: "seed-\(seed)", record: record, in: package)
        try package.write(
          "index,path,label,predicted,loss,probability\n0,v/a/1,0,1,1,1\n1,v/b/1,1,0,2,1\n",
          to: "\(run)/predictions.csv")
        for name in ["samples", "mistakes"] {
          try Files.write(sheet, to: "\(package.root)/\(run)/\(name).jpeg")
        }
      }
    }
    let samples = try #require(figures["x-samples"])
    #expect(samples.contains(">night &amp; day</text>") && samples.contains(">dusk</text>"))
    #expect(samples.contains("href=\"data:image/jpeg;base64,/9j/"))
    let mistakes = try #require(figures["x-mistakes"])
    // The highest loss first.
    #expect(mistakes.contains("viewBox=\"0 0 8 8\"") && mistakes.contains("viewBox=\"12 0 8 8\""))
    let words = mistakes.split(separator: "<text").dropFirst().compactMap {
      $0.split(separator: ">").dropFirst().first?.split(separator: "<").first
    }
    #expect(words == ["dusk", "→ night &amp; day", "night &amp; day", "→ dusk"])
  }

  @Test("A picture of another size than the run's record says is an error")
  func pictureSize() throws {
    let failure = #expect(throws: Failure.self) {
      try draw {
        let record = #"{"configuration": {"profile": "demo", "image_size": 8}}"#
        try write([(0.5, 0.5)], to: "seed-0", record: record, in: $0)
        let picture = Image(
          size: ImageSize(width: 6, height: 8), pixels: [UInt8](repeating: 0, count: 144))
        try Files.write(
          try picture.jpeg(quality: 60), to: "\($0.root)/reports/demo/x/seed-0/samples.jpeg")
      }
    }
    #expect(
      failure
        == Failure(
          .corrupt,
          "reports/demo/x/seed-0/samples.jpeg: expected images of 8 pixels, 4 apart, got a picture of "
            + "6x8"))
  }

  @Test("A gnuplot script that fails is reported with its reason and leaves no file")
  func brokenScript() throws {
    let package = try MockPackage()
    try package.write("plot nonsense(1)\n", to: "reports/plots/curves.gp")
    try write([(0.5, 0.5)], to: "seed-0", in: package)
    let error = #expect(throws: Failure.self) {
      try drawFigures(profile: "demo", root: package.root)
    }
    #expect(error?.code == .corrupt)
    #expect(
      error?.description.contains("reports/plots/curves.gp: cannot draw comparison-accuracy: ")
        == true)
    #expect(!Files.exists(package.root + "/reports/demo/figures/comparison-accuracy.svg"))
  }
}
