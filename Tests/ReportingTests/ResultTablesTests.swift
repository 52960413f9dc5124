import Reporting
import Support
import TestSupport
import Testing

@Suite("Result tables", .temporaryFolder)
struct ResultTablesTests {
  private func experiment(
    _ name: String, change: (MockPackage) throws -> Void = { _ in }
  ) throws -> ExperimentResults {
    let package = try MockPackage()
    try package.writeResults()
    try change(package)
    let results = try Results(profile: "demo", root: package.root)
    return try #require(results.experiments.first { $0.name == name })
  }

  @Test("runs.csv has a row per run with swept settings, final and best metrics and lost classes")
  func runs() throws {
    let table = try experiment("dropout").runsTable
    #expect(
      table.text == """
        dropout,seed,status,epochs,train_loss,train_accuracy,val_loss,val_accuracy,\
        best_val_accuracy,best_epoch,silenced_classes,never_predicted_classes
        0,0,complete,2,1.5,0.9,0.5,0.8,0.8,2,0,0
        0,1,complete,2,1.5,0.9,0.5,0.9,0.9,2,1,1
        0,2,complete,2,1.5,0.9,0.5,0.7,0.7,2,0,0
        0.5,0,complete,2,1.5,0.9,0.5,0.82,0.83,1,0,0
        0.5,1,complete,2,1.5,0.9,0.5,0.86,0.86,2,0,0

        """)
    #expect(try experiment("norm").runsTable.columns[0] == "seed")
  }

  @Test("summary.csv has a row per arm with mean, standard deviation and Student's interval")
  func summary() throws {
    let table = try experiment("norm").summaryTable
    #expect(
      table.columns.prefix(5) == [
        "n", "train_loss_mean", "train_loss_sd", "train_loss_low", "train_loss_high",
      ])
    #expect(table.columns.count == 21)
    #expect(table["n"] == ["3"])
    // SciPy: t.interval(0.95, 2, 0.7, sem([0.7, 0.8, 0.6]))
    let expected = [
      "mean": 0.7, "sd": 0.1, "low": 0.45158622882496685, "high": 0.9484137711750331,
    ]
    for (name, value) in expected {
      let number = try #require(table.numbers("val_accuracy_\(name)")?.first)
      #expect(abs(number - value) < 1e-12, "\(name)")
    }
  }

  @Test("A run that is not complete has a row in runs.csv and does not count in summary.csv")
  func incomplete() throws {
    let experiment = try experiment("norm") {
      let row = "1,0.01,2,0.1,2,0.1,3,4,0\n"
      try $0.write(metricsHeader + row, to: "reports/demo/norm/seed-3/metrics.csv")
      try $0.write(metricsHeader + row, to: "reports/demo/norm/seed-4/metrics.csv")
      try $0.write(#"{"status": "diverged"}"#, to: "reports/demo/norm/seed-4/run.json")
      try $0.write(metricsHeader, to: "reports/demo/norm/seed-5/metrics.csv")
    }
    #expect(experiment.runsTable["seed"] == ["0", "1", "2", "3", "4"])
    #expect(experiment.runsTable["status"]?.suffix(2) == ["partial", "diverged"])
    #expect(experiment.runsTable["silenced_classes"]?.suffix(2) == ["nan", "nan"])
    #expect(experiment.summaryTable["n"] == ["3"])
  }

  @Test("Below two complete runs there is no spread")
  func singleRun() throws {
    let experiment = try experiment("later") {
      try $0.writeRun("reports/demo/later/lr-0.1/seed-0", accuracies: ["0.75"])
      try $0.write(
        metricsHeader + "1,0.01,2,0.1,2,0.1,3,4,0\n",
        to: "reports/demo/later/lr-0.2/seed-0/metrics.csv")
    }
    let table = experiment.summaryTable
    #expect(table["lr"] == ["0.1", "0.2"])
    #expect(table["n"] == ["1", "0"])
    #expect(table["val_accuracy_mean"] == ["0.75", "nan"])
    #expect(table["val_accuracy_sd"] == ["nan", "nan"])
  }
}
