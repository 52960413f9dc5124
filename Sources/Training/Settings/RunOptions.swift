import Support

/// The options on an experiment's command line that are not settings: where data and results are, and
/// how a run behaves. Apart from a sweep's rates, none of them changes a number.
struct RunOptions {
  /// The folder of the images.
  var dataPath: String?
  /// The folder of the run's files.
  var outputFolder: String?
  /// The number of threads that compute.
  var threads: Int?
  /// The dropout rates of a sweep.
  var rates: [Double] = []
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
  /// The command that repeats the run.
  var command = ""

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
      as: .orUnset("reports/<profile>/<experiment>", .path("DIR")), help: "folder of the run"),
    BoundOption(
      "-j", "--threads", sets: \.threads,
      as: .orUnset("all processors", .integer(in: 1...1024)), help: "changes no result"),
    BoundOption(
      "--rates", sets: \.rates, as: .rates, help: "dropout probabilities of the sweep"),
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

extension ValueFormat where Value == [Double] {
  /// Distinct probabilities, separated by commas.
  fileprivate static var rates: Self {
    let rate = ValueFormat<Double>.probability
    return Self(
      placeholder: "P,P,…", expected: "distinct probabilities from 0 to 1",
      parse: { text in
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        let rates = words.compactMap { rate.parse(String($0)) }
        return rates.count == words.count && Set(rates).count == rates.count ? rates : nil
      },
      text: { $0.map(rate.text).joined(separator: ",") },
      json: { .array($0.map(rate.json)) },
      read: { json in
        json.elements.flatMap { elements in
          let rates = elements.compactMap(rate.read)
          return rates.count == elements.count ? rates : nil
        }
      })
  }
}
