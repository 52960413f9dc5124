import Datasets
import Models
import NeuralNetwork
import Support

/// An experiment whose command line has been read and whose data are in memory.
public final class Session {
  /// The experiment's name.
  private let name: String
  /// The settings of the script and the command line.
  private let settings: Settings
  /// The images.
  package let data: RunData
  /// The folder of the run, or of a sweep's runs.
  package let folder: String

  private let options: RunOptions

  init(
    name: String, settings: Settings, data: RunData, folder: String, options: RunOptions
  ) {
    self.name = name
    self.settings = settings
    self.data = data
    self.folder = folder
    self.options = options
  }

  /// Trains the network and writes the run's files.
  public func train() {
    orExit(name) { _ = try runTraining() }
  }

  /// Trains for a few steps with other settings, to show their effect, and writes `steps.csv` into a
  /// folder beside the run's files.
  ///
  /// - Parameters:
  ///   - steps: The number of steps; training stops earlier if the loss is no longer finite.
  ///   - folder: The name of the folder.
  ///   - change: Changes the settings.
  public func trainBriefly(
    steps: Int, into folder: String, changing change: (inout Settings) -> Void
  ) {
    orExit(name) { try runBriefTraining(steps: steps, into: folder, changing: change) }
  }

  /// Trains once per dropout rate, each run in a folder of its own, and writes `summary.csv`.
  ///
  /// Runs that an interrupted sweep has completed are not repeated.
  public func sweep() {
    orExit(name) { try runSweep() }
  }

  package func runTraining(stoppingAfter steps: Int? = nil) throws -> RunResult {
    try trainer(settings, title: name, events: name).run(in: folder, stoppingAfter: steps)
  }

  package func runBriefTraining(
    steps: Int, into name: String, changing change: (inout Settings) -> Void
  ) throws {
    var changed = settings
    change(&changed)
    let rows = try trainer(changed, title: name, events: "\(self.name)/\(name)")
      .trainBriefly(steps: steps)
    try Files.createFolder("\(folder)/\(name)")
    try Files.write(
      Table(columns: StepMetrics.columns, rows: rows.map(\.row)).text,
      to: RunFile.steps.path(in: "\(folder)/\(name)"))
  }

  package func runSweep() throws {
    let sweep = Sweep(
      rates: options.rates, folder: folder,
      identity: RunIdentity(settings, dataFingerprint: data.fingerprint),
      resumes: options.resume == .auto)
    try sweep.run { rate, folder in
      var settings = settings
      settings.model.dropoutRate = rate
      let label = Sweep.label(rate)
      _ = try trainer(settings, title: "\(name) \(label)", events: "\(name)/\(label)")
        .run(in: folder)
    }
  }

  /// The trainer of a run; `events` is its folder within that of `--tensorboard`.
  private func trainer(_ settings: Settings, title: String, events: String) -> Trainer {
    Trainer(
      settings: settings, data: data, title: title, resumes: options.resume == .auto,
      progressStyle: options.progress, command: options.command, weightsPath: options.weightsPath,
      eventsFolder: options.tensorboard.map { "\($0)/\(events)" })
  }
}
