import Reporting
import Support
import TestSupport
import Testing

@Suite("Placeholders", .temporaryFolder)
struct PlaceholdersTests {
  private let placeholders = Placeholders(
    values: NamedValues(["epochs": "30"], arms: ["dropout-0.5": ["val_loss": "0.4000"]]),
    elsewhere: ["norm": NamedValues(["val_loss": "0.5000"]), "later": NamedValues()])

  @Test("Placeholders are replaced by values; spaces inside the braces do not matter")
  func fills() throws {
    let line = "{{epochs}} epochs, {{ dropout-0.5.val_loss }} against {{norm:val_loss}}"
    #expect(try placeholders.fill(line, at: "x:1") == "30 epochs, 0.4000 against 0.5000")
    #expect(try placeholders.fill("{{ no end", at: "x:1") == "{{ no end")
  }

  @Test("A placeholder of an experiment that has not been run says so")
  func notRunYet() throws {
    #expect(try placeholders.fill("{{later:val_loss}}", at: "x:1") == "(not run yet)")
  }

  @Test(
    "An unknown placeholder is an error with its place and the known names",
    arguments: ["val_los", "norm:val_los", "nobody:val_loss", "", "val_loss.difference(nobody)"])
  func unknown(name: String) throws {
    let error = #expect(throws: Failure.self) {
      try placeholders.fill("{{\(name)}}", at: "experiments/norm/main.swift:7")
    }
    #expect(error?.code == .corrupt)
    #expect(
      error?.description == "experiments/norm/main.swift:7: {{\(name)}} is unknown; "
        + "the known names are epochs, dropout-0.5.…, later:…, norm:…; "
        + "docs/placeholders.md has them all")
  }

  @Test("A placeholder of a pending arm says so; an unknown metric is an error")
  func armNotRunYet() throws {
    #expect(try placeholders.fill("{{dropout-0.75.val_loss}}", at: "x:1") == "(not run yet)")
    #expect(throws: Failure.self) { try placeholders.fill("{{dropout-0.75.val_los}}", at: "x:1") }
    #expect(throws: Failure.self) { try placeholders.fill("{{dropout-0.5.val_los}}", at: "x:1") }
    #expect(throws: Failure.self) { try placeholders.fill("{{dropout-0.5.x.sd}}", at: "x:1") }
  }

  /// What the mock results' prose of an experiment makes of names.
  private func fill(
    _ names: [String], in name: String, change: (MockPackage) throws -> Void = { _ in }
  ) throws -> [String] {
    let package = try MockPackage()
    try package.writeResults()
    try change(package)
    let results = try Results(profile: "demo", root: package.root)
    let experiment = try #require(results.experiments.first { $0.name == name })
    let placeholders = Placeholders(for: experiment, in: results)
    return try names.map { try placeholders.fill("{{\($0)}}", at: "x:1") }
  }

  private func check(_ expected: KeyValuePairs<String, String>, in name: String) throws {
    let values = try fill(expected.map(\.key), in: name)
    for (pair, value) in zip(expected, values) { #expect(value == pair.value, "\(pair.key)") }
  }

  @Test("Metrics are means over the seeds with their spread; everything else is the first seed's")
  func values() throws {
    try check(
      [
        "val_accuracy": "0.7000", "val_accuracy.summary": "0.700 ± 0.100 (n = 3)",
        "val_accuracy.sd": "0.1000", "val_accuracy.low": "0.4516", "val_accuracy.high": "0.9484",
        "val_accuracy.per_seed": "0.7000, 0.8000, 0.6000", "seeds": "0, 1, 2",
        // Two of three images.
        "val_accuracy.wilson": "0.208 to 0.939",
        "best_val_accuracy": "0.7333", "best_epoch": "2", "epochs": "3", "profile": "demo",
        "val_accuracy_first": "0.5000", "learning_rate_first": "0.01", "clipped_steps": "12",
        "gradient_norm_max": "inf", "accuracy_gap": "0.2000", "parameters": "733,514",
        "configuration.batch_size": "32", "configuration.shuffle": "true",
        "unclipped.steps": "2", "unclipped.first_loss": "2.3000",
        "unclipped.last_loss": "9.0000", "unclipped.gradient_norm_max": "1234",
        "silenced_classes": "0, 0, 0", "never_predicted_classes": "0, 0, 0",
      ], in: "norm")
    #expect(throws: Failure.self) { try fill(["volatile.host"], in: "norm") }
    #expect(throws: Failure.self) { try fill(["weights.final"], in: "norm") }
  }

  @Test("A sweep names its arms; names without an arm are the representative's and what all share")
  func sweep() throws {
    try check(
      [
        "val_accuracy": "0.8400", "dropout-0.val_accuracy": "0.8000",
        "dropout-0.5.val_accuracy.summary": "0.840 ± 0.028 (n = 2) †",
        "dropout-0.5.val_accuracy.plain": "0.840 ± 0.028 (n = 2)",
        "dropout-0.silenced_classes": "0, 1, 0", "dropout-0.never_predicted_classes": "0, 1, 0",
        "dropout-0.5.best_epoch": "1", "configuration.batch_size": "32", "parameters": "733,514",
        "norm:val_accuracy": "0.7000",
      ], in: "dropout")
  }

  @Test("Arms are compared over common seeds, image by image, and over the classes alive in both")
  func comparisons() throws {
    try check(
      [
        // 0.82 − 0.8 and 0.86 − 0.9.
        "val_accuracy.difference(dropout-0)": "-0.010 (95 % interval -0.391 to +0.371, n = 2) †",
        "dropout-0.val_accuracy.difference(norm)":
          "+0.100 (95 % interval +0.100 to +0.100, n = 3)",
        "norm:val_accuracy.difference(dropout:dropout-0)":
          "-0.100 (95 % interval -0.100 to -0.100, n = 3)",
        "dropout-0.5.mcnemar(dropout-0)": "1.0000",
        "dropout-0.5.bootstrap(dropout-0)": "0.000 to 0.000",
        // Seed 1 of dropout 0 silences one of two classes.
        "dropout-0.5.alive_classes(dropout-0)": "1",
        "dropout-0.5.alive_accuracy(dropout-0)": "0.500 ± 0.000 (n = 2) †",
        "dropout-0.5.alive_difference(dropout-0)":
          "-0.250 (95 % interval -3.427 to +2.927, n = 2) †",
        "val_accuracy.difference(later)": "(not run yet)",
        "val_accuracy.difference(dropout-0.75)": "(not run yet)",
        "later:val_accuracy.difference(norm)": "(not run yet)",
        "dropout-0.75.val_accuracy.difference(dropout-0)": "(not run yet)",
      ], in: "dropout")
    #expect(throws: Failure.self) { try fill(["val_los.difference(norm)"], in: "dropout") }
    #expect(throws: Failure.self) { try fill(["mcnemar(nobody)"], in: "dropout") }
    #expect(throws: Failure.self) { try fill(["nobody.mcnemar(norm)"], in: "dropout") }
    #expect(throws: Failure.self) { try fill(["mcnemar()"], in: "dropout") }
  }

  @Test("With a single seed, spread and interval are not known, and the summary is marked")
  func singleSeed() throws {
    let values = try fill(
      ["val_accuracy.summary", "val_accuracy.sd", "val_accuracy.difference(norm)"], in: "later"
    ) { try $0.writeRun("reports/demo/later/seed-0", accuracies: ["0.75"]) }
    #expect(values == ["0.750 (n = 1) †", "not known", "+0.050 (n = 1) †"])
  }

  @Test("An incomplete run counts for no mean; alone, it says how far it came")
  func incomplete() throws {
    let partial = metricsHeader + "1,0.01,2,0.1,2,0.1,3,4,0\n"
    let names = ["val_accuracy", "val_accuracy.summary"]
    let beside = try fill(names, in: "norm") {
      try $0.write(partial, to: "reports/demo/norm/seed-3/metrics.csv")
    }
    #expect(beside == ["0.7000", "0.700 ± 0.100 (n = 3)"])
    let alone = try fill(names, in: "later") {
      try $0.write(partial, to: "reports/demo/later/seed-0/metrics.csv")
    }
    #expect(alone == ["0.1000", "no complete run †"])
  }
}
