import Support

/// The options on an experiment's command line that are not settings: which runs to make, where data and
/// results are, and how a run behaves. None of them changes a number of a run.
struct RunOptions {
  /// The folder of the images.
  var dataPath: String?
  /// The folder of the experiment's runs, or of the files of a run.
  var outputFolder: String?
  /// The number of threads that compute.
  var threads: Int?
  /// The seeds of the runs; `nil` for the script's or the profile's.
  var seeds: [UInt64]?
  /// Whether the runs are listed instead of made.
  var listsRuns = false
  /// The place of the only run to make; `nil` for all.
  var index: Int?
  /// Whether runs that are done already are repeated.
  var repeatsFinished = false
  /// Whether finished runs of another identity are replaced.
  var replacesFinished = false
  /// A second file for the final weights.
  var weightsPath: String?
  /// The folder of events for TensorBoard.
  var tensorboard: String?
  /// Whether a run continues from a checkpoint.
  var resume = Resume.auto
  /// How a run shows its progress.
  var progress = ProgressStyle.auto
  /// Whether the plan is printed instead of a run.
  var isDryRun = false

  /// Whether a run continues from a checkpoint.
  enum Resume: String, CaseIterable {
    /// If there is one.
    case auto
    case never
  }

  /// The options, in the order of the help.
  static let table: [BoundOption<RunOptions>] = [
    BoundOption(
      "--data-path", sets: \.dataPath,
      as: .orUnset("Imagenette in data/, else generated images", .path("DIR")),
      help: "folder with train/ and val/"),
    BoundOption(
      "--output-dir", sets: \.outputFolder,
      as: .orUnset("reports/<profile>/<experiment>", .path("DIR")),
      help: "folder of the runs' folders; with --seed that of the run's files"),
    BoundOption(
      "-j", "--threads", sets: \.threads,
      as: .orUnset("all processors", .integer(in: 1...1024)), help: "changes no result"),
    BoundOption(
      "--seeds", sets: \.seeds, as: .orUnset("the profile's", .seeds),
      help: "one run for each, in every arm"),
    BoundOption(
      "--list-runs", sets: \.listsRuns, as: .flag, help: "list the runs and their states"),
    BoundOption(
      "--run", sets: \.index, as: .orUnset("all", .integer(in: 0...1_000_000)),
      help: "only the run with this index in the list"),
    BoundOption(
      "--rerun", sets: \.repeatsFinished, as: .flag, help: "repeat runs that are done already"),
    BoundOption(
      "--replace", sets: \.replacesFinished, as: .flag,
      help: "replace finished runs of other settings, data, weights or code"),
    BoundOption(
      "--save-weights", sets: \.weightsPath, as: .orUnset("none", .path("FILE")),
      help: "a second file for the final weights"),
    BoundOption(
      "--tensorboard", sets: \.tensorboard, as: .orUnset("none", .path("DIR")),
      help: "write events for TensorBoard, one folder per run"),
    BoundOption(
      "--resume", sets: \.resume, as: .choice, help: "continue from a checkpoint"),
    BoundOption(
      "--progress", sets: \.progress, as: .choice,
      help: "auto: a bar on a terminal, one line per epoch elsewhere"),
    BoundOption(
      "--dry-run", sets: \.isDryRun, as: .flag, help: "print what would be done"),
  ]
}

extension ValueFormat where Value == [UInt64] {
  /// Distinct seeds, separated by commas.
  fileprivate static var seeds: Self {
    let seed = ValueFormat<UInt64>.integer(in: 0...UInt64.max)
    return Self(
      placeholder: "N,N,…", expected: "distinct whole numbers, separated by commas",
      parse: { text in
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let seeds = words.compactMap { seed.parse(String($0)) }
        return seeds.count == words.count && Set(seeds).count == seeds.count ? seeds : nil
      },
      text: { $0.map(seed.text).joined(separator: ",") },
      json: { .array($0.map(seed.json)) },
      read: { json in
        json.elements.flatMap { elements in
          let seeds = elements.compactMap(seed.read)
          return seeds.count == elements.count ? seeds : nil
        }
      })
  }
}
