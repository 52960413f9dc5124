import Models
import Reporting
import Support
import TestSupport
import Testing
import Training

@Suite("Run list", .temporaryFolder)
struct RunListTests {
  private let header = "epoch,train_loss,train_accuracy,val_loss,val_accuracy\n"

  /// Writes a finished run of two epochs.
  private func writeRun(
    _ package: MockPackage, _ folder: String, accuracies: (String, String) = ("0.5", "0.25"),
    settings: String = "", silenced: String = "[]", status: String = "complete"
  ) throws {
    try package.write(
      header + "1,1,0.5,0.5,\(accuracies.0)\n2,1,0.5,0.75,\(accuracies.1)\n",
      to: "reports/\(folder)/metrics.csv")
    try package.write(
      """
      {"configuration": {"profile": "demo", "classes": 3, \(settings) "epochs": 2},
       "silenced_classes": \(silenced), "status": "\(status)", "volatile": {"wall_seconds": 12.345}}
      """, to: "reports/\(folder)/run.json")
    try package.write(
      "index,path,label,predicted,loss,probability\n0,val/a/a.JPEG,0,1,0.1,0.9\n",
      to: "reports/\(folder)/predictions.csv")
  }

  /// What a run leaves in its folder when it has done one epoch.
  private func writeCheckpoint(_ package: MockPackage, _ folder: String, seed: Int) throws {
    var file = SafeTensors()
    file.metadata["metrics"] = "1,0.01,1.5,0.9,0.5,0.125,2,30,4\n"
    file.metadata["settings"] =
      #"{"profile": "demo", "classes": 3, "dropout": 0.5, "seed": \#(seed), "epochs": 8}"#
    try Files.createFolder("\(package.root)/reports/\(folder)")
    try file.write(to: "\(package.root)/reports/\(folder)/checkpoint.safetensors")
  }

  private func table(_ package: MockPackage, sortedBy column: String? = nil) throws -> Table {
    try RunList(sortedBy: column, root: package.root).table
  }

  @Test("Runs in every state are listed with what is known about them")
  func states() throws {
    let package = try MockPackage()
    let dropout = "demo/dropout/dropout-0.5"
    try writeRun(package, "demo/norm/seed-0", settings: #""dropout": 0.25,"#, silenced: "[2]")
    try writeRun(package, "demo/norm/seed-1", silenced: "2", status: "diverged")
    try writeCheckpoint(package, "\(dropout)/seed-1", seed: 1)
    try writeCheckpoint(package, "\(dropout)/seed-2", seed: 2)
    // The results of an earlier run, while it is repeated.
    try writeRun(package, "\(dropout)/seed-3")
    try writeCheckpoint(package, "\(dropout)/seed-3", seed: 3)
    try Files.createFolder("\(package.root)/reports/demo/norm/seed-5")
    try package.write("x", to: "reports/plots/style.gp")
    let locks = try [2, 3, 4].map { try RunFolder("\(package.root)/reports/\(dropout)/seed-\($0)") }
    let table = try table(package)
    withExtendedLifetime(locks) {}
    #expect(
      table.columns == [
        "profile", "experiment", "arm", "seed", "dropout", "epochs", "val_accuracy",
        "best_val_accuracy", "val_loss", "silenced_classes", "never_predicted_classes", "seconds",
        "state",
      ])
    let partial = ["0.5", "1", "0.125", "0.125", "0.5", "nan", "nan", "nan"]
    #expect(
      table.rows.map { Array($0.dropFirst()) } == [
        ["dropout", "dropout-0.5", "1"] + partial + ["stopped after epoch 1 of 8"],
        ["dropout", "dropout-0.5", "2"] + partial + ["at work"],
        ["dropout", "dropout-0.5", "3"] + partial + ["at work"],
        [
          "dropout", "dropout-0.5", "4", "", "0", "nan", "nan", "nan", "nan", "nan", "nan",
          "at work",
        ],
        [
          "norm", "", "0", "0.25", "2", "0.25", "0.5", "0.75", "1", "2", "12.345", "complete",
        ],
        ["norm", "", "1", "0", "2", "0.25", "0.5", "0.75", "2", "2", "12.345", "diverged"],
      ])
    #expect(table.rows.allSatisfy { $0[0] == "demo" })
  }

  @Test(
    "Runs are sorted by any column: accuracies from the highest, other numbers from the lowest",
    arguments: [
      ("val_accuracy", ["2", "0", "1"]), ("best_val_accuracy", ["1", "2", "0"]),
      ("lr", ["1", "2", "0"]), ("seed", ["0", "1", "2"]), ("val_loss", ["0", "1", "2"]),
    ])
  func sorting(column: String, seeds: [String]) throws {
    let package = try MockPackage()
    try writeRun(
      package, "demo/norm/seed-0", accuracies: ("0.25", "0.5"), settings: #""lr": 0.02,"#)
    try writeRun(
      package, "demo/norm/seed-1", accuracies: ("1", "nan"), settings: #""lr": 0.0005,"#)
    try writeRun(
      package, "demo/norm/seed-2", accuracies: ("0.75", "0.75"), settings: #""lr": 0.01,"#)
    #expect(try table(package, sortedBy: column)["seed"] == seeds)
  }

  @Test("Tables for people have fewer digits and dashes for what is not known")
  func rounding() throws {
    let package = try MockPackage()
    try writeRun(package, "demo/norm/seed-0", accuracies: ("0.123456", "nan"))
    let list = try RunList(profile: "demo", root: package.root)
    #expect(list.markdown.hasSuffix("| 2 | – | 0.1235 | 0.7500 | 0 | 2 | 12.3 | complete |\n"))
    #expect(list.table["best_val_accuracy"] == ["0.123456"])
  }

  @Test("Without runs the list fails and names the next step")
  func nothing() throws {
    let package = try MockPackage()
    try package.write("x", to: "reports/demo/report.md")
    #expect(
      throws: Failure(
        .missing, "reports/quick: no runs; run: make experiment-norm PROFILE=quick")
    ) { try RunList(profile: "quick", root: package.root) }
    #expect(throws: Failure(.missing, "reports/: no runs; run: make experiment-norm PROFILE=demo"))
    {
      try RunList(root: package.root)
    }
  }
}
