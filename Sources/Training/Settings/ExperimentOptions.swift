import Datasets
import Models
import NeuralNetwork
import Support

/// What the command line of an experiment decides beside its settings.
struct RunOptions {
  var dataPath: String?
  var outputFolder: String?
  var threads: Int?
  var skipsBadImages = false
  var resumes = true
  var progress = ProgressStyle.auto
  var isDryRun = false
  var weightsPath: String?
  var tensorboard: String?
  /// What repeats the run.
  var command = ""
  /// `nil` where the default is to be found out from the data that are there.
  var profile: Profile?
}

/// On or off, as an option's value.
private enum Switch: String, CaseIterable {
  case on, off
}

/// Whether a run goes on from a checkpoint.
private enum Resume: String, CaseIterable {
  case auto, never
}

/// The options that all experiments share, with the defaults of one of them.
enum ExperimentOptions {
  /// The options of an experiment with these settings, which the help prints as defaults; `rates`
  /// are those of a sweep.
  static func all(_ settings: Settings, rates: [Double]?) -> [Option] {
    let recipe = settings.recipe
    let dropout =
      rates.map { rates in
        Option(
          "--rates", value: "P,P,…", help: "dropout probabilities of the sweep",
          default: rates.map(CSV.format).joined(separator: ","))
      }
      ?? Option(
        "--dropout", value: "P", help: "probability of zeroing before the last convolution",
        default: CSV.format(settings.model.dropoutRate))
    return [
      Option(
        "--profile", value: "P", help: Profile.allCases.map(\.rawValue).joined(separator: ", "),
        default: "quick with Imagenette, else demo"),
      Option("--data-path", value: "DIR", help: "folder with train/ and val/"),
      Option(
        "--output-dir", value: "DIR", help: "folder of the run",
        default: "reports/<profile>/<experiment>"),
      Option("--epochs", value: "N", help: "passes over the data", default: "the profile's"),
      Option(
        "-b", "--batch-size", value: "N", help: "images in a step", default: "the profile's"),
      Option(
        "--image-size", value: "N", help: "height and width in pixels", default: "the profile's"),
      Option(
        "--lr", value: "X", help: "learning rate of the first epoch",
        default: recipe.learningRate.map(CSV.format) ?? "the profile's"),
      Option(
        "--lr-min", value: "X", help: "what the cosine ends at", default: "a hundredth of --lr"),
      Option(
        "--momentum", value: "X", help: "share of the last step that the next one keeps",
        default: CSV.format(recipe.momentum)),
      Option(
        "--weight-decay", value: "X", help: "pull of the weights towards 0",
        default: CSV.format(recipe.weightDecay)),
      Option(
        "--clip-grad-norm", value: "X|none", help: "largest norm of all gradients together",
        default: recipe.gradientNormLimit.map(CSV.format) ?? "none"),
      Option(
        "--norm", value: "none|batch", help: "normalization",
        default: settings.model.normalization.rawValue),
      Option(
        "--final-relu", value: "on|off", help: "ReLU after the last convolution",
        default: settings.model.hasFinalReLU ? "on" : "off"),
      dropout,
      Option("--seed", value: "N", help: "names all random draws", default: "\(settings.seed)"),
      Option(
        "-j", "--threads", value: "N", help: "changes no result", default: "all processors"),
      Option("--skip-bad-images", help: "leave out what cannot be decoded; run.json counts it"),
      Option("--limit-train", value: "N", help: "the first N of the shuffled training images"),
      Option("--limit-val", value: "N", help: "the first N validation images"),
      Option(
        "--augmentation", value: "notebook|none", help: "none: the validation transform",
        default: recipe.augmentation.rawValue),
      Option(
        "--shuffle", value: "on|off", help: "another order every epoch",
        default: recipe.isShuffled ? "on" : "off"),
      Option(
        "--engine", value: Engine.allCases.map(\.rawValue).joined(separator: "|"),
        help: "what computes convolutions", default: settings.engine.rawValue),
      Option("--initial-weights", value: "FILE", help: "safetensors to start from"),
      Option("--save-weights", value: "FILE", help: "where to write the final weights too"),
      Option("--log-steps", help: "write steps.csv too"),
      Option(
        "--tensorboard", value: "DIR", help: "write events for TensorBoard, a folder a run"),
      Option(
        "--resume", value: "auto|never", help: "go on from a checkpoint", default: "auto"),
      Option(
        "--progress", value: "auto|plain|none", help: "bar on a terminal, line an epoch elsewhere",
        default: "auto"),
      Option("--dry-run", help: "say what would be done"),
      Option("--version", help: "print the version"),
      Option("-h", "--help", help: "print this"),
    ]
  }

  /// Whether an option belongs to what repeats a run; the profile stands there anyway.
  static func decidesNumbers(_ option: Option) -> Bool {
    ![
      "--profile", "--data-path", "--output-dir", "--threads", "--resume", "--progress",
      "--save-weights", "--tensorboard", "--dry-run", "--version", "--help",
    ].contains(option.name)
  }

  /// Puts what the command line says into the settings.
  ///
  /// - Throws: `Failure` with code 64 for anything that makes no sense.
  static func apply(
    _ options: CommandLineOptions, to settings: inout Settings, rates: inout [Double]?
  ) throws -> RunOptions {
    if let word = options.arguments.first {
      throw Failure(.usage, "unexpected argument '\(word)'; --help lists all options")
    }
    var run = RunOptions()
    run.profile = try options.choice("--profile", of: Profile.self)
    run.dataPath = try options.text("--data-path")
    run.outputFolder = try options.text("--output-dir")
    run.threads = try options.integer("--threads", in: 1...1024)
    run.skipsBadImages = options.has("--skip-bad-images")
    run.resumes = try options.choice("--resume", of: Resume.self) != .never
    run.progress = try options.choice("--progress", of: ProgressStyle.self) ?? .auto
    run.isDryRun = options.has("--dry-run")
    run.weightsPath = try options.text("--save-weights")
    run.tensorboard = try options.text("--tensorboard")

    settings.logsSteps = settings.logsSteps || options.has("--log-steps")
    settings.initialWeights = try options.text("--initial-weights") ?? settings.initialWeights
    settings.trainingLimit =
      try options.integer("--limit-train", in: 1...Int.max) ?? settings.trainingLimit
    settings.validationLimit =
      try options.integer("--limit-val", in: 1...Int.max) ?? settings.validationLimit
    settings.imageSize =
      try options.integer("--image-size", in: 1...4096) ?? settings.imageSize
    settings.engine = try options.choice("--engine", of: Engine.self) ?? settings.engine
    if let seed = try options.integer("--seed", in: 0...Int.max) { settings.seed = UInt64(seed) }
    try apply(options, to: &settings.recipe)
    try apply(options, to: &settings.model)

    if rates != nil, let text = try options.text("--rates") {
      let probabilities = try text.split(separator: ",", omittingEmptySubsequences: false).map {
        word in
        guard let rate = CommandLineOptions.decimal(String(word)), (0...1).contains(rate) else {
          throw Failure(.usage, "--rates: expected probabilities from 0 to 1, got '\(text)'")
        }
        return rate
      }
      guard Set(probabilities).count == probabilities.count else {
        throw Failure(.usage, "--rates: '\(text)' names a rate twice")
      }
      rates = probabilities
    }
    return run
  }

  private static func apply(_ options: CommandLineOptions, to recipe: inout Recipe) throws {
    recipe.epochs = try options.integer("--epochs", in: 1...100_000) ?? recipe.epochs
    recipe.batchSize = try options.integer("--batch-size", in: 1...65_536) ?? recipe.batchSize
    // Training computes in single precision, where what is not 0 must stay so.
    func number(_ name: String, _ expected: String, _ isValid: (Float) -> Bool) throws -> Double? {
      try options.number(name, expected: expected) {
        Float($0).isFinite && isValid(Float($0)) && ($0 == 0) == (Float($0) == 0)
      }
    }
    recipe.learningRate =
      try number("--lr", "a number above 0") { $0 > 0 } ?? recipe.learningRate
    recipe.finalLearningRate =
      try number("--lr-min", "a number of at least 0") { $0 >= 0 } ?? recipe.finalLearningRate
    recipe.momentum =
      try number("--momentum", "a number from 0 to below 1") { $0 >= 0 && $0 < 1 }
      ?? recipe.momentum
    recipe.weightDecay =
      try number("--weight-decay", "a number of at least 0") { $0 >= 0 } ?? recipe.weightDecay
    if try options.text("--clip-grad-norm") == "none" {
      recipe.gradientNormLimit = nil
    } else {
      recipe.gradientNormLimit =
        try number("--clip-grad-norm", "a number above 0 or 'none'") { $0 > 0 }
        ?? recipe.gradientNormLimit
    }
    recipe.augmentation =
      try options.choice("--augmentation", of: Augmentation.self) ?? recipe.augmentation
    recipe.isShuffled =
      try options.choice("--shuffle", of: Switch.self).map { $0 == .on } ?? recipe.isShuffled
  }

  private static func apply(
    _ options: CommandLineOptions, to model: inout SqueezeNet.Configuration
  ) throws {
    model.normalization =
      try options.choice("--norm", of: Normalization.self) ?? model.normalization
    model.hasFinalReLU =
      try options.choice("--final-relu", of: Switch.self).map { $0 == .on } ?? model.hasFinalReLU
    model.dropoutRate =
      try options.number("--dropout", expected: "a probability from 0 to 1") {
        (0...1).contains($0)
      } ?? model.dropoutRate
  }
}
