import Support
import TestSupport
import Testing

@testable import Training

@Suite("Run request", .temporaryFolder)
struct RunRequestTests {
  private let folder = TemporaryFolder.path

  private func request(_ experiment: Experiment = smallExperiment(), _ words: String...) throws
    -> RunRequest
  {
    try RunRequest(
      experiment,
      arguments: ["--data-path", folder]
        + (words.contains { $0.hasPrefix("--profile") } ? [] : ["--profile=demo"]) + words)
  }

  @Test("Without a sweep there is one run for each seed of the profile")
  func seeds() throws {
    #expect(
      try request().runs.map(\.folder) == (0...2).map { "reports/demo/small/seed-\($0)" })
    #expect(try request(smallExperiment(), "--profile=notebook").runs.map(\.seed) == [0])
    var experiment = smallExperiment()
    experiment.seeds = [7]
    #expect(try request(experiment).runs.map(\.seed) == [7])
    #expect(try request(experiment, "--seeds", "4,2").runs.map(\.seed) == [4, 2])
    #expect(try request(experiment, "--seed", "9").runs.map(\.seed) == [9])
  }

  @Test("Sweeps make the runs of every combination, in the order of the settings")
  func combinations() throws {
    var experiment = smallExperiment()
    experiment.sweep("dropout", over: [0, 0.50])
    let runs = try request(
      experiment, "--sweep", "lr=0.10,1e-3", "--seeds", "0,1", "--output-dir", "o"
    ).runs
    #expect(runs.count == 8)
    #expect(runs.map(\.index) == Array(0..<8))
    #expect(
      runs.map(\.folder).prefix(5) == [
        "o/lr-0.1_dropout-0/seed-0", "o/lr-0.1_dropout-0/seed-1", "o/lr-0.1_dropout-0.5/seed-0",
        "o/lr-0.1_dropout-0.5/seed-1", "o/lr-0.001_dropout-0/seed-0",
      ])
    #expect(runs[2].settings.learningRate == 0.1)
    #expect(runs[2].settings.model.dropoutRate == 0.5)
    #expect(runs[3].settings.seed == 1)
  }

  @Test("The command line replaces a sweep of the script, also by a single value")
  func replaced() throws {
    var experiment = smallExperiment()
    experiment.sweep("dropout", over: [0, 0.5])
    #expect(
      try request(experiment, "--sweep", "dropout=0.1", "--seed", "0").runs.map(\.folder)
        == ["reports/demo/small/dropout-0.1/seed-0"])
    #expect(
      try request(experiment, "--dropout", "0.1", "--seed", "0").runs.map(\.folder)
        == ["reports/demo/small/dropout-0.1/seed-0"])
  }

  @Test("One run that is asked for by its seed fills the output folder itself")
  func alone() throws {
    var experiment = smallExperiment()
    #expect(try request(experiment, "--seed=1", "--output-dir=o").runs.map(\.folder) == ["o"])
    #expect(
      try request(experiment, "--seeds=1", "--output-dir=o").runs.map(\.folder) == ["o/seed-1"])
    #expect(
      try request(experiment, "--run=1", "--output-dir=o").runs.map(\.folder) == ["o/seed-1"])
    experiment.sweep("final-relu", over: [true, false])
    #expect(
      try request(experiment, "--seed=1", "--output-dir=o").runs.map(\.folder)
        == ["o/final-relu-on/seed-1", "o/final-relu-off/seed-1"])
  }

  @Test("A run's command asks for exactly that run")
  func command() throws {
    var experiment = smallExperiment()
    experiment.sweep("dropout", over: [0, 0.5])
    let run = try request(experiment, "--sweep", "lr=0.1,0.2", "--momentum", "0.5", "-j", "2").runs[
      3]
    #expect(
      run.command == "swift run -c release experiment-small --profile demo --momentum 0.5"
        + " --sweep lr=0.1 --sweep dropout=0.5 --seed 0")
    let words = run.command.split(separator: " ").dropFirst(5).map(String.init)
    let again = try RunRequest(experiment, arguments: ["--data-path", folder] + words).runs
    #expect(again.map(\.folder) == [run.folder])
    #expect(again.map(\.settings) == [run.settings])
  }

  @Test("A sweep over variants sets the bypass, which the command line can change")
  func variants() throws {
    let runs = try request(smallExperiment(), "--sweep", "variant=notebook,1.1", "--seed", "0").runs
    #expect(runs.map(\.settings.model.bypass.rawValue) == ["simple", "none"])
    let fixed = try request(
      smallExperiment(), "--sweep", "variant=notebook,1.1", "--bypass", "none", "--seed", "0"
    ).runs
    #expect(fixed.map(\.settings.model.bypass.rawValue) == ["none", "none"])
  }

  @Test("The list has one line per run, with its index, arm, seed, folder and state")
  func list() throws {
    let text = try request(
      smallExperiment(), "--sweep", "dropout=0,0.5", "--seeds", "3", "--output-dir", "\(folder)/o"
    ).list(code: nil)
    #expect(
      text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) } == [
        ["0", "dropout-0", "3", "\(folder)/o/dropout-0/seed-3", "not", "started"],
        ["1", "dropout-0.5", "3", "\(folder)/o/dropout-0.5/seed-3", "not", "started"],
      ])
  }

  @Test(
    "A script's sweep that cannot be made is a usage error",
    arguments: [
      ("dropout", []), ("dropout", [0.5, 0.5]), ("dropout", [2]), ("drop", [0.5]),
      ("engine", [0.5]), ("threads", [1]),
    ] as [(String, [SettingValue])])
  func badSweep(setting: String, values: [SettingValue]) {
    var experiment = smallExperiment()
    experiment.sweep(setting, over: values)
    let failure = #expect(throws: Failure.self) { try request(experiment) }
    #expect(failure?.code == .usage)
    #expect(failure?.description.contains("\n") == false)
  }
}
