import Reporting
import Support
import TestSupport
import Testing

@Suite("Placeholders", .temporaryFolder)
struct PlaceholdersTests {
  private let placeholders = Placeholders(
    values: ["epochs": "30", "0.50.val_loss": "0.4000"],
    elsewhere: ["norm": ["val_loss": "0.5000"], "later": [:]])

  @Test("Placeholders are replaced by values; spaces inside the braces do not matter")
  func fills() throws {
    let line = "{{epochs}} epochs, {{ 0.50.val_loss }} against {{norm:val_loss}}"
    #expect(try placeholders.fill(line, at: "x:1") == "30 epochs, 0.4000 against 0.5000")
    #expect(try placeholders.fill("{{ no end", at: "x:1") == "{{ no end")
  }

  @Test("A placeholder of an experiment that has not been run says so")
  func notRunYet() throws {
    #expect(try placeholders.fill("{{later:val_loss}}", at: "x:1") == "(not run yet)")
  }

  @Test(
    "An unknown placeholder is an error with its place and the known names",
    arguments: ["val_los", "norm:val_los", "nobody:val_loss", ""])
  func unknown(name: String) throws {
    let error = #expect(throws: Failure.self) {
      try placeholders.fill("{{\(name)}}", at: "experiments/norm/main.swift:7")
    }
    #expect(error?.code == .corrupt)
    #expect(
      error?.description == "experiments/norm/main.swift:7: {{\(name)}} is unknown; "
        + "the known names are 0.50.val_loss, epochs, later:…, norm:…")
  }

  @Test("A placeholder of a pending sweep rate says so; an unknown metric is an error")
  func rateNotRunYet() throws {
    #expect(try placeholders.fill("{{0.75.val_loss}}", at: "x:1") == "(not run yet)")
    #expect(throws: Failure.self) { try placeholders.fill("{{0.75.val_los}}", at: "x:1") }
    #expect(throws: Failure.self) { try placeholders.fill("{{0.50.val_los}}", at: "x:1") }
  }

  @Test("A run provides placeholders for metrics, configuration and parameters")
  func runValues() throws {
    let package = try MockPackage()
    try package.writeResults()
    let results = try Results(profile: "demo", root: package.root)
    let norm = try #require(results.experiments.first { $0.name == "norm" }).values
    let expected = [
      "epochs": "3", "val_accuracy": "0.7000", "best_val_accuracy": "0.7500", "best_epoch": "2",
      "val_accuracy_first": "0.5000", "learning_rate_first": "0.01", "clipped_steps": "12",
      "gradient_norm_max": "inf", "accuracy_gap": "0.2000", "parameters": "733,514",
      "seed": "18446744073709551615", "configuration.batch_size": "32",
      "configuration.shuffle": "true", "unclipped.steps": "2", "unclipped.first_loss": "2.3000",
      "unclipped.last_loss": "9.0000", "unclipped.gradient_norm_max": "1234",
    ]
    for (name, value) in expected { #expect(norm[name] == value, "\(name)") }
    #expect(norm["volatile.host"] == nil)
  }

  @Test("A sweep provides placeholders per rate, for shared values and for the best rate")
  func sweepValues() throws {
    let package = try MockPackage()
    try package.writeResults()
    let results = try Results(profile: "demo", root: package.root)
    let sweep = try #require(results.experiments.first { $0.name == "dropout" }).values
    let expected = [
      "best_rate": "0.50", "val_accuracy": "0.8200", "0.00.val_accuracy": "0.8000",
      "0.50.best_val_accuracy": "0.8300", "0.50.best_epoch": "1", "0.50.accuracy_gap": "0.0800",
      "configuration.batch_size": "32", "parameters": "733,514",
    ]
    for (name, value) in expected { #expect(sweep[name] == value, "\(name)") }
    #expect(sweep["weights.final"] == nil)
  }
}
