import Datasets
import Models
import Support

/// An experiment as its script states it: everything that differs from the notebook's network and recipe.
///
///     var experiment = Experiment("norm", "Batch norm in place of clipping")
///     experiment.model.normalization = .batch
///     experiment.begin().train()
///
/// The command line overrides the script. Any failure ends the program with one line on stderr and the
/// exit code of `Failure`.
public struct Experiment {
  /// The name of its folder and its executable, without `experiment-`.
  let name: String
  /// One line for the help.
  private let summary: String
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
  /// The rates of a dropout sweep; `nil` for an experiment of a single run.
  public var dropoutRates: [Double]?

  /// The notebook's network and recipe under a name, that of the script's folder.
  public init(_ name: String, _ summary: String = "") {
    self.name = name
    self.summary = summary
  }

  /// Reads the command line and the data.
  public func begin() -> Session {
    orExit(name) { try begin(arguments: Array(CommandLine.arguments.dropFirst())) }
  }

  /// Reads a command line given as words, and the data.
  ///
  /// - Throws: `Failure`; `Finished` if the words ask for no training.
  package func begin(arguments: [String]) throws -> Session {
    var settings = settings
    var run = RunOptions()
    run.rates = dropoutRates ?? []
    let known = options(run)
    let options = try CommandLineOptions(parsing: arguments, options: known)
    if options.has("--help") { throw Finished(output: help(known)) }
    if options.has("--version") { throw Finished(output: versionText + "\n") }
    if let word = options.arguments.first {
      throw Failure(.usage, "unexpected argument '\(word)'; --help lists all options")
    }
    for row in settingRows { try row.apply(options, to: &settings) }
    for row in optionRows { try row.apply(options, to: &run) }
    let source = try DataSource(
      profile: options.has("--profile") ? settings.profile : nil, path: run.dataPath)
    settings.profile = source.profile
    run.command = command(options, profile: source.profile)
    guard settings.finalLearningRate <= settings.learningRate else {
      throw Failure(
        .usage,
        "--lr-min \(CSV.format(settings.finalLearningRate)) is above --lr "
          + CSV.format(settings.learningRate))
    }
    // Whatever can be refused is refused before images are read, let alone trained on.
    _ = try settings.makeNetwork()
    let folder = run.outputFolder ?? "reports/\(settings.profile.rawValue)/\(name)"
    try Files.requireCreatable(RunFile.record.path(in: folder), makingFolders: true)
    if let path = run.weightsPath { try Files.requireCreatable(path) }
    let initialWeights = try settings.initialWeights.map { try SafeTensors(contentsOf: $0) }
    if let threads = run.threads { Parallel.threads = threads }
    if run.progress != .none { Console.report("\(name): \(source.reason)") }
    if run.isDryRun {
      throw Finished(output: try plan(settings, run, source, folder))
    }
    Interruption.install()
    // Before the first thread is started: without memory for it, the program would hang.
    try MemoryEstimate(settings, images: nil).check()
    let images = try ImageFolder(at: try source.prepare())
    settings.model.classes = images.classes.count
    if let initialWeights, let file = settings.initialWeights {
      try settings.makeNetwork().load(initialWeights, path: file)
    }
    if !settings.skipsBadImages {
      try settings.checkLastBatch(
        images: images.samples(.training, limit: settings.trainingLimit).count)
    }
    try MemoryEstimate(settings, images: images.imageBytes(settings)).check()
    let data = try RunData(images, settings)
    if let reasons = data.skipped?.map(\.description), !reasons.isEmpty {
      Console.report("\(name): skipping bad images: \(reasons.listed(limit: 20, separator: "; "))")
    }
    return Session(name: name, settings: settings, data: data, folder: folder, options: run)
  }

  // MARK: - Options

  /// The settings that the command line can change: the classes are the data's, and a sweep has
  /// rates in place of one.
  private var settingRows: [Setting] {
    Settings.table.filter {
      $0.name != "--classes" && ($0.name != "--dropout" || dropoutRates == nil)
    }
  }

  private var optionRows: [BoundOption<RunOptions>] {
    RunOptions.table.filter { $0.name != "--rates" || dropoutRates != nil }
  }

  private func options(_ run: RunOptions) -> [Option] {
    settingRows.map { $0.option(of: settings) } + optionRows.map { $0.option(of: run) } + [
      Option("--version", help: "print the version"),
      Option("-h", "--help", help: "print this"),
    ]
  }

  /// The command that repeats the run anywhere: options that change no number are left out.
  private func command(_ options: CommandLineOptions, profile: Profile) -> String {
    let rows = settingRows.map { $0.option(of: settings) }.filter { $0.name != "--profile" }
    let rates = optionRows.filter { $0.name == "--rates" }.map { $0.option(of: RunOptions()) }
    let words = (rows + rates).filter { options.has($0.name) }.flatMap { option in
      [option.name] + (option.value == nil ? [] : [options.quoted(option.name)])
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
    _ settings: Settings, _ run: RunOptions, _ source: DataSource, _ folder: String
  ) throws -> String {
    var lines = [
      "experiment: \(name)", "data: \(source.path)", "output: \(folder)",
      "parameters: \(try settings.makeNetwork().parameterCount)", "threads: \(Parallel.threads)",
      "memory: \(try MemoryEstimate(settings, images: source.imageBytes(settings)))",
    ]
    lines += optionRows.filter { $0.name == "--rates" }.map { "\($0.key): \($0.text(run))" }
    lines += Settings.table.filter(\.isRecorded).sorted { $0.key < $1.key }
      .map { "\($0.key): \($0.text(settings))" }
    return lines.joined(separator: "\n") + "\n"
  }
}
