import Datasets
import Foundation
import Models
import NeuralNetwork
import Support

/// An experiment as its script states it: what differs from the notebook's network and recipe.
///
///     var experiment = Experiment("norm", "Batch norm in place of clipping")
///     experiment.model.normalization = .batch
///     experiment.begin().train()
///
/// The command line has the last word over the script. Whatever goes wrong ends the program with one
/// line on stderr and the exit code of `Failure`.
public struct Experiment {
  /// The name of its folder and its executable, without `experiment-`.
  public let name: String
  /// One line for the help.
  public let summary: String
  /// The network; the notebook's without normalization unless changed.
  public var model: SqueezeNet.Configuration {
    get { settings.model }
    set { settings.model = newValue }
  }
  /// The training; the notebook's without clipping unless changed.
  public var recipe: Recipe {
    get { settings.recipe }
    set { settings.recipe = newValue }
  }
  /// The rates of a dropout sweep; `nil` for an experiment of a single run.
  public var dropoutRates: [Double]?

  private var settings = Settings()

  /// The notebook's network and recipe under a name, that of the script's folder.
  public init(_ name: String, _ summary: String = "") {
    self.name = name
    self.summary = summary
  }

  /// Reads the command line and the data.
  public func begin() -> Session {
    orExit(name) { try begin(arguments: Array(CommandLine.arguments.dropFirst())) }
  }

  /// Reads words as a command line, and the data.
  ///
  /// - Throws: `Failure`; `Finished` where the words ask for no training.
  package func begin(arguments: [String]) throws -> Session {
    var settings = settings
    var rates = dropoutRates
    let known = ExperimentOptions.all(settings, rates: rates)
    let options = try CommandLineOptions(parsing: arguments, options: known)
    if options.has("--help") { throw Finished(output: help(known)) }
    if options.has("--version") { throw Finished(output: versionText + "\n") }
    var run = try ExperimentOptions.apply(options, to: &settings, rates: &rates)
    let source = try DataSource(profile: run.profile, path: run.dataPath)
    settings.profile = source.profile
    run.command = command(options, known, profile: source.profile)
    guard settings.schedule.final <= settings.schedule.first else {
      throw Failure(
        .usage,
        "--lr-min \(CSV.format(settings.schedule.final)) is above --lr "
          + CSV.format(settings.schedule.first))
    }
    // Whatever can be refused is refused before images are read, let alone trained on.
    _ = try settings.makeNetwork()
    let folder = run.outputFolder ?? "reports/\(settings.profile.rawValue)/\(name)"
    try Files.requireCreatable("\(folder)/run.json", makingFolders: true)
    if let path = run.weightsPath { try Files.requireCreatable(path) }
    let initialWeights = try settings.initialWeights.map { try SafeTensors(contentsOf: $0) }
    if let threads = run.threads { Parallel.threads = threads }
    if run.progress != .none { Console.report("\(name): \(source.reason)") }
    if run.isDryRun {
      throw Finished(output: plan(settings, rates, source, folder))
    }
    Interruption.install()
    // Before the first thread is started: where there is no memory for one, it would wait for some.
    try MemoryEstimate(settings, images: nil).check()
    let images = try ImageFolder(at: try source.prepare())
    settings.model.classes = images.classes.count
    if let initialWeights, let file = settings.initialWeights {
      try settings.makeNetwork().load(initialWeights, path: file)
    }
    if !run.skipsBadImages {
      try settings.checkLastBatch(
        images: images.samples(.training, limit: settings.trainingLimit).count)
    }
    try MemoryEstimate(settings, images: images.imageBytes(settings)).check()
    let data = try RunData(images, settings, skippingBadImages: run.skipsBadImages)
    if let reasons = data.skipped?.map(\.description), !reasons.isEmpty {
      Console.report("\(name): skipping bad images: \(reasons.listed(limit: 20, separator: "; "))")
    }
    return Session(
      name: name, settings: settings, data: data, folder: folder, rates: rates, options: run)
  }

  /// The command that repeats the run anywhere: what changes no number is left out.
  private func command(
    _ options: CommandLineOptions, _ known: [Option], profile: Profile
  ) -> String {
    let words = known.filter { ExperimentOptions.decidesNumbers($0) }.flatMap { option in
      options.has(option.name)
        ? [option.name] + (option.value == nil ? [] : [options.quoted(option.name)]) : []
    }
    return (["swift run -c release experiment-\(name) --profile \(profile.rawValue)"] + words)
      .joined(separator: " ")
  }

  private func help(_ options: [Option]) -> String {
    """
    usage: experiment-\(name) [options]
    \(summary)

    \(CommandLineOptions.help(options))
    profiles:
    \(Profile.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

    """
  }

  private func plan(
    _ settings: Settings, _ rates: [Double]?, _ source: DataSource, _ folder: String
  ) -> String {
    let network = SqueezeNet(settings.model, engine: settings.engine.convolutions)
    var lines = [
      "experiment: \(name)", "data: \(source.path)", "output: \(folder)",
      "parameters: \(network.parameterCount)", "threads: \(Parallel.threads)",
      "memory: \(MemoryEstimate(settings, images: source.imageBytes(settings)))",
    ]
    if let rates { lines.append("rates: \(rates.map(CSV.format).joined(separator: ","))") }
    let record = settings.record.sorted { $0.key < $1.key }
    lines += record.map { name, value in
      if case .string(let text) = value { "\(name): \(text)" } else { "\(name): \(value.text)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// An experiment with its command line read and its data in memory.
public final class Session {
  /// The experiment's name.
  public let name: String
  /// What the script and the command line ask for.
  public let settings: Settings
  /// The images.
  package let data: RunData
  /// The folder of the run or, of a sweep, of its runs.
  package let folder: String
  /// The rates of a sweep, empty for any other experiment.
  package let rates: [Double]

  private let options: RunOptions

  init(
    name: String, settings: Settings, data: RunData, folder: String, rates: [Double]?,
    options: RunOptions
  ) {
    self.name = name
    self.settings = settings
    self.data = data
    self.folder = folder
    self.rates = rates ?? []
    self.options = options
  }

  /// Trains the network and writes the run's files.
  public func train() {
    orExit(name) { _ = try runTraining() }
  }

  /// Trains for a few steps with other settings, to show what they do, and writes `steps.csv` into
  /// a folder beside the run's files.
  ///
  /// - Parameters:
  ///   - steps: How many; fewer where the loss stops being a number.
  ///   - folder: The name of the folder.
  ///   - change: What differs.
  public func trainBriefly(
    steps: Int, into folder: String, changing change: (inout Settings) -> Void
  ) {
    orExit(name) { try runBriefTraining(steps: steps, into: folder, changing: change) }
  }

  /// Trains once for each rate, each run in a folder of its own, and writes their `summary.csv`.
  ///
  /// Runs that a stopped sweep has finished are not repeated.
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
      to: "\(folder)/\(name)/steps.csv")
  }

  package func runSweep() throws {
    let sweep = Sweep(
      rates: rates, folder: folder,
      identity: RunIdentity(settings, dataFingerprint: data.fingerprint),
      resumes: options.resumes)
    try sweep.run { rate, folder in
      var settings = settings
      settings.model.dropoutRate = rate
      let text = rateText(rate)
      _ = try trainer(settings, title: "\(name) \(text)", events: "\(name)/\(text)")
        .run(in: folder)
    }
  }

  /// The trainer of a run; `events` is its folder of events within that of `--tensorboard`.
  private func trainer(_ settings: Settings, title: String, events: String) -> Trainer {
    Trainer(
      settings: settings, data: data, title: title, resumes: options.resumes,
      progressStyle: options.progress, command: options.command, weightsPath: options.weightsPath,
      eventsFolder: options.tensorboard.map { "\($0)/\(events)" })
  }
}

/// A program has done what its command line asked for without training.
package struct Finished: Error {
  /// What to print on stdout.
  package let output: String

  package init(output: String) { self.output = output }
}

/// The version of this package.
package let versionText = "squeezenet-experiments 0.1.0"

/// Runs the body of a command and ends the program where it fails.
package func orExit<Result>(_ command: String, _ body: () throws -> Result) -> Result {
  BufferPool.onExhaustion { bytes in
    Failure(
      .inputOutput,
      "out of memory: no \(bytes) bytes left for activations; a smaller --batch-size needs less"
    ).endProgram()
  }
  do {
    return try body()
  } catch let finished as Finished {
    orExit(command) { try Console.write(finished.output) }
    exit(ExitCode.success.rawValue)
  } catch let failure as Failure {
    Failure(failure.code, "\(command): \(failure.description)").endProgram()
  } catch {
    Failure(.inputOutput, "\(command): \(error)").endProgram()
  }
}
