import Reporting
import Support
import TestSupport
import Testing

@Suite(
  "Figures", .temporaryFolder, .enabled(if: isInstalled("gnuplot"), "gnuplot is not installed"))
struct FiguresTests {
  @Test("Weaving draws every figure of a profile and gives the same bytes twice")
  func byteStable() throws {
    let package = try MockPackage()
    try package.writeResults(profile: "quick")
    let files = try weave(root: package.root)
    #expect(
      files == [
        "norm-loss", "norm-accuracy", "norm-learning-rate", "norm-gradient-norm",
        "norm-unclipped", "norm-confusion", "norm-filters", "dropout-sweep", "dropout-accuracy",
        "dropout-loss", "dropout-confusion", "dropout-filters", "comparison-accuracy",
        "comparison-loss", "comparison-notebook",
      ].map { "reports/quick/figures/\($0).svg" } + ["reports/quick/report.md"])
    let first = try files.map(package.read)
    #expect(first.dropLast().allSatisfy { $0.contains("<svg") && $0.contains("</svg>") })
    #expect(try weave(profile: "quick", root: package.root) == files)
    #expect(try files.map(package.read) == first)
  }

  @Test("A metric without finite values gets no figure, the others do")
  func nothingFinite() throws {
    let package = try MockPackage()
    try package.linkReportSources()
    try package.write("//: # X\n", to: "experiments/x/main.swift")
    try package.write(
      metricsHeader + "1,0.01,nan,0.1,inf,0.1,nan,inf,0\n", to: "reports/demo/x/metrics.csv")
    #expect(
      try drawFigures(profile: "demo", root: package.root) == [
        "reports/demo/figures/x-accuracy.svg", "reports/demo/figures/x-learning-rate.svg",
        "reports/demo/figures/comparison-accuracy.svg",
      ])
  }

  @Test("A gnuplot script that fails is reported with its reason and leaves no file")
  func brokenScript() throws {
    let package = try MockPackage()
    try package.write("//: # X\n", to: "experiments/x/main.swift")
    try package.write("plot nonsense(1)\n", to: "reports/plots/loss.gp")
    try package.writeRun("reports/demo/x", accuracies: ["0.5"])
    let error = #expect(throws: Failure.self) {
      try drawFigures(profile: "demo", root: package.root)
    }
    #expect(error?.code == .corrupt)
    #expect(error?.description.contains("reports/plots/loss.gp: cannot draw x-loss: ") == true)
    #expect(!Files.exists(package.root + "/reports/demo/figures/x-loss.svg"))
  }
}
