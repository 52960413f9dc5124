import Support

/// What a command line asks of an experiment: which runs to make, on which images, and how.
struct RunRequest {
  /// The runs to make. The number of classes in their settings is not known before the images are.
  let runs: [PlannedRun]
  let source: DataSource
  let options: RunOptions
  private let experiment: Experiment
  private let axes: [SweepAxis]
  /// All runs of the experiment, of which `runs` may be one.
  private let allRuns: [PlannedRun]

  /// Reads a command line.
  ///
  /// - Throws: `Failure` with code 64 for a command line or a script that is wrong, 66 if the profile's images
  ///   are missing; `Finished` if the words ask for help or the version.
  init(_ experiment: Experiment, arguments: [String]) throws {
    self.experiment = experiment
    let known = Self.options(of: experiment)
    let given = try CommandLineOptions(parsing: arguments, options: known)
    if given.has("--help") { throw Finished(output: Self.help(experiment, known)) }
    if given.has("--version") { throw Finished(output: versionText + "\n") }
    if let word = given.arguments.first {
      throw Failure(.usage, "unexpected argument '\(word)'; --help lists all options")
    }
    var options = RunOptions()
    for row in RunOptions.table { try row.apply(given, to: &options) }
    var settings = experiment.settings
    for row in Self.settingRows { try row.apply(given, to: &settings) }
    source = try DataSource(
      profile: given.has("--profile") ? settings.profile : nil, path: options.dataPath)
    settings.profile = source.profile
    let axes = try Self.axes(of: experiment, given)
    let seeds = try Self.seeds(of: experiment, given, options, settings)

    let base = options.outputFolder ?? "reports/\(settings.profile.rawValue)/\(experiment.name)"
    let arms = Self.arms(axes)
    // One run that is asked for by its seed fills the folder itself.
    let isAlone = given.has("--seed") && arms.count == 1 && options.outputFolder != nil
    var runs: [PlannedRun] = []
    for arm in arms {
      for seed in seeds {
        var settings = settings
        // In the order of the table: a variant also sets the bypass, so the latter comes after it.
        for row in Self.settingRows {
          try row.apply(given, to: &settings)
          if let value = arm[row.label] { try row.set(value, in: &settings) }
        }
        settings.profile = source.profile
        settings.seed = seed
        try settings.checkLearningRates()
        runs.append(
          PlannedRun(
            index: runs.count, arm: arm, settings: settings,
            folder: isAlone ? base : "\(base)/\(arm.folder(seed: seed))",
            command: Self.command(experiment, given, arm, seed, profile: source.profile)))
      }
    }
    allRuns = runs
    if let index = options.index {
      guard index < runs.count else {
        throw Failure(
          .usage, "--run: expected a whole number from 0 to \(runs.count - 1), got '\(index)'")
      }
      runs = [runs[index]]
    }
    self.runs = runs
    self.options = options
    self.axes = axes
  }

  // MARK: - Options

  /// The settings that the command line can change; the classes are the data's.
  private static let settingRows = Settings.table.filter { $0.name != "--classes" }

  private static func options(of experiment: Experiment) -> [Option] {
    let swept = experiment.sweeps.map(\.setting)
    return settingRows.map { row in
      row.option(
        of: experiment.settings, default: swept.contains(row.label) ? "as --sweep" : nil)
    } + [
      Option(
        "--sweep", value: "SETTING=V,V,…",
        help: "runs for each value of a setting; may be repeated",
        default: experiment.sweeps.isEmpty
          ? "none"
          : experiment.sweeps.map { sweep in
            "\(sweep.setting)=\(sweep.values.map(\.text).joined(separator: ","))"
          }.joined(separator: " "), isRepeatable: true)
    ]
      + RunOptions.table.map { row in
        row.name == "--seeds"
          ? row.option(of: RunOptions(seeds: experiment.seeds)) : row.option(of: RunOptions())
      } + [
        Option("--version", help: "print the version"),
        Option("-h", "--help", help: "print this"),
      ]
  }

  private static func help(_ experiment: Experiment, _ options: [Option]) -> String {
    """
    usage: experiment-\(experiment.name) [options]
    \(experiment.summary)

    \(CommandLineOptions.help(options))
    profiles:
    \(Profile.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

    """
  }

  // MARK: - Arms and seeds

  /// The script's sweeps and the command line's, in the order of the table of settings. A setting that the
  /// command line gives has one value.
  private static func axes(
    of experiment: Experiment, _ given: CommandLineOptions
  ) throws -> [SweepAxis] {
    var axes: [SweepAxis] = []
    for sweep in experiment.sweeps {
      let axis = try SweepAxis(sweep.setting, over: sweep.values.map(\.text))
      guard !axes.contains(where: { $0.setting.name == axis.setting.name }) else {
        throw Failure(.usage, "sweep: \(axis.setting.label) is swept twice")
      }
      axes.append(axis)
    }
    axes = try axes.map { axis in
      guard given.has(axis.setting.name) else { return axis }
      return try SweepAxis(axis.setting.name, over: [try given.text(axis.setting.name) ?? ""])
    }
    var names: Set<String> = []
    for text in given.texts("--sweep") {
      let axis = try SweepAxis(parsing: text)
      let name = axis.setting.name
      guard names.insert(name).inserted else {
        throw Failure(.usage, "--sweep: \(axis.setting.label) is swept twice")
      }
      guard !given.has(name) else {
        throw Failure(.usage, "--sweep: \(axis.setting.label) is swept, but \(name) is also given")
      }
      axes.removeAll { $0.setting.name == name }
      axes.append(axis)
    }
    return Settings.table.compactMap { row in axes.first { $0.setting.name == row.name } }
  }

  /// Every combination of the axes' values.
  private static func arms(_ axes: [SweepAxis]) -> [Arm] {
    axes.reduce([Arm()]) { arms, axis in
      arms.flatMap { arm in
        axis.values.map { Arm(arm.values + [Arm.Value(axis.setting.label, $0)]) }
      }
    }
  }

  private static func seeds(
    of experiment: Experiment, _ given: CommandLineOptions, _ options: RunOptions,
    _ settings: Settings
  ) throws -> [UInt64] {
    guard !given.has("--seed") || options.seeds == nil else {
      throw Failure(.usage, "--seed and --seeds: expected one of them")
    }
    if given.has("--seed") { return [settings.seed] }
    let seeds = options.seeds ?? experiment.seeds ?? settings.profile.seeds
    guard !seeds.isEmpty, Set(seeds).count == seeds.count else {
      throw Failure(
        .usage,
        "seeds: expected distinct whole numbers, got "
          + (seeds.isEmpty ? "none" : seeds.map(String.init).joined(separator: ",")))
    }
    return seeds
  }

  /// The command that repeats a run anywhere: options that change no number are left out.
  private static func command(
    _ experiment: Experiment, _ given: CommandLineOptions, _ arm: Arm, _ seed: UInt64,
    profile: Profile
  ) -> String {
    let rows = settingRows.filter {
      given.has($0.name) && !["--profile", "--seed"].contains($0.name) && arm[$0.label] == nil
    }
    let words = rows.flatMap { row in
      [row.name]
        + (row.option(of: experiment.settings).value == nil ? [] : [given.quoted(row.name)])
    }
    let sweeps = arm.values.flatMap { ["--sweep", "\($0.setting)=\($0.text)"] }
    let program = "swift run -c release experiment-\(experiment.name)"
    return ([program, "--profile", profile.rawValue] + words + sweeps + ["--seed", "\(seed)"])
      .joined(separator: " ")
  }

  // MARK: - Lists

  /// One line per run: its index, arm, seed, folder and state.
  func list(code: String?) -> String {
    let rows = allRuns.map { run in
      [
        "\(run.index)", run.arm.values.isEmpty ? "-" : run.arm.folder, "\(run.seed)", run.folder,
        run.state(code: code, replacesFinished: options.replacesFinished),
      ]
    }
    return rows.aligned
  }

  /// What would be done.
  func plan() throws -> String {
    let settings = runs[0].settings
    var lines = [
      "experiment: \(experiment.name)", "data: \(source.path)", "runs: \(runs.count)",
    ]
    lines += axes.map { "sweep: \($0.text)" }
    lines += runs.map { "output: \($0.folder)" }
    lines += [
      "parameters: \(try settings.makeNetwork().parameterCount)", "threads: \(Parallel.threads)",
      "memory: \(try MemoryEstimate(settings, images: source.imageBytes(settings)))",
    ]
    let seeds = Set(runs.map(\.seed))
    if seeds.count > 1 {
      lines.append("seeds: \(seeds.sorted().map(String.init).joined(separator: ","))")
    }
    let shared = Settings.table.filter { row in
      row.isRecorded && runs.allSatisfy { row.text($0.settings) == row.text(settings) }
    }
    lines += shared.sorted { $0.key < $1.key }.map { "\($0.key): \($0.text(settings))" }
    return lines.joined(separator: "\n") + "\n"
  }
}
