import Datasets
import Models
import Support

/// An experiment as its script states it: everything that differs from the notebook's network and recipe.
///
///     var experiment = Experiment("dropout", "A sweep over the dropout rate, with batch norm")
///     experiment.model.normalization = .batch
///     experiment.sweep("dropout", over: [0, 0.25, 0.5, 0.75])
///     experiment.begin().train()
///
/// It is a set of runs: one for each combination of the swept values, an arm, and each seed. The command
/// line overrides the script. Any failure ends the program with one line on stderr and the exit code of
/// `Failure`.
public struct Experiment {
  /// The name of its folder and its executable, without `experiment-`.
  let name: String
  /// One line for the help.
  let summary: String
  /// All settings; the notebook's without normalization and clipping unless changed.
  public var settings = Settings()
  /// The network.
  public var model: SqueezeNet.Configuration {
    get { settings.model }
    set { settings.model = newValue }
  }
  /// The training.
  public var recipe: Recipe {
    get { settings.recipe }
    set { settings.recipe = newValue }
  }
  /// The seeds of every arm's runs; `nil` for the profile's.
  public var seeds: [UInt64]?
  /// The swept settings by name, with their values.
  private(set) var sweeps: [(setting: String, values: [SettingValue])] = []
  private(set) var briefTrainings: [BriefTraining] = []

  /// The notebook's network and recipe under a name, that of the script's folder.
  public init(_ name: String, _ summary: String = "") {
    self.name = name
    self.summary = summary
  }

  /// Makes the runs for each value of a setting. Several sweeps make the runs for each combination.
  ///
  /// - Parameters:
  ///   - setting: Its name on the command line, `dropout` or `weight-decay`.
  ///   - values: Its values.
  public mutating func sweep(_ setting: String, over values: [SettingValue]) {
    sweeps.append((setting, values))
  }

  /// Makes a few steps with other settings beside every run, to show their effect, and writes `steps.csv`
  /// into a folder in that of the run.
  ///
  /// - Parameters:
  ///   - steps: The number of steps; training stops earlier if the loss is no longer finite.
  ///   - folder: The name of the folder.
  ///   - change: Changes the run's settings.
  public mutating func trainBriefly(
    steps: Int, into folder: String, changing change: @escaping @Sendable (inout Settings) -> Void
  ) {
    briefTrainings.append(BriefTraining(steps: steps, folder: folder, change: change))
  }

  /// Reads the command line and the data.
  public func begin() -> Session {
    orExit(name) { try begin(arguments: Array(CommandLine.arguments.dropFirst())) }
  }

  /// Reads a command line given as words, and the data.
  ///
  /// - Throws: `Failure`; `Finished` if the words ask for no training.
  package func begin(arguments: [String]) throws -> Session {
    let request = try RunRequest(self, arguments: arguments)
    let options = request.options
    let code = Git(root: ".").digest(ofCodeFor: name)
    if options.listsRuns { throw Finished(output: request.list(code: code)) }
    let runs = request.runs
    // Whatever can be refused is refused before images are read, let alone trained on.
    for run in runs {
      _ = try run.settings.makeNetwork()
      try Files.requireCreatable(RunFile.record.path(in: run.folder), makingFolders: true)
    }
    if let path = options.weightsPath {
      guard runs.count == 1 else {
        throw Failure(
          .usage, "--save-weights: one file for \(runs.count) runs; choose one with --seed")
      }
      try Files.requireCreatable(path)
    }
    for path in Set(runs.compactMap(\.settings.initialWeights)) {
      _ = try SafeTensors(contentsOf: path)
    }
    if let threads = options.threads { Parallel.threads = threads }
    if options.progress != .none { Console.report("\(name): \(request.source.reason)") }
    if options.isDryRun { throw Finished(output: try request.plan()) }
    Interruption.install()
    // Before the first thread is started: without memory for it, the program would hang.
    for run in runs { try MemoryEstimate(run.settings, images: nil).check() }
    let folder = try ImageFolder(at: try request.source.prepare())
    let runsOnImages = try runs.map { run in
      var run = run
      run.settings.model.classes = folder.classes.count
      if run.settings.initialWeights != nil { _ = try run.settings.makeInitialNetwork() }
      if !run.settings.skipsBadImages {
        try run.settings.checkLastBatch(
          images: folder.samples(.training, limit: run.settings.trainingLimit).count)
      }
      try MemoryEstimate(run.settings, images: folder.imageBytes(run.settings)).check()
      return run
    }
    return try Session(
      name: name, runs: runsOnImages, images: RunImages(folder, title: name), options: options,
      briefTrainings: briefTrainings, code: code)
  }
}

extension Git {
  /// The SHA-256 of the code that decides the numbers of an experiment, as it is in the work tree: the library
  /// and the experiment's script, without comments, which hold the prose. `nil` outside a checkout.
  fileprivate func digest(ofCodeFor experiment: String) -> String? {
    let scripts = "experiments/"
    return digestOfInputs(
      where: { !$0.hasPrefix(scripts) || $0.hasPrefix("\(scripts)\(experiment)/") },
      content: { path, text in
        guard path.hasSuffix(".swift") else { return text }
        return text.split(separator: "\n").filter { !$0.trimmed.hasPrefix("//") }
          .joined(separator: "\n")
      })
  }
}
