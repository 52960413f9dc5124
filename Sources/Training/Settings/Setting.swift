import Datasets
import Models
import NeuralNetwork
import Support

/// One setting of a run: its name, its format, its help and the property of `Settings` it is stored in.
package typealias Setting = BoundOption<Settings>

extension Settings {
  /// All settings, in the order of the help. Everything else about settings follows from this table:
  /// the options of experiments, their help, the command that repeats a run, its record, and reading
  /// that record back.
  ///
  /// Settings that are not recorded change no number, or only by way of the data, whose fingerprint is
  /// recorded. The order matters for `--variant` and `--bypass`: the former also sets the bypass, so the
  /// latter comes after it.
  package static let table: [Setting] = [
    Setting(
      "--profile", sets: \.profile, as: .choice, help: "data and schedule",
      default: "quick with Imagenette, else demo"),
    Setting(
      "--epochs", sets: \.recipe.epochs, inEffect: \.epochs, as: .integer(in: 1...100_000),
      help: "passes over the data", default: "the profile's"),
    Setting(
      "-b", "--batch-size", sets: \.recipe.batchSize, inEffect: \.batchSize,
      as: .integer(in: 1...65_536), help: "images per step", default: "the profile's"),
    Setting(
      "--image-size", sets: \.imageSize, inEffect: \.crop, as: .integer(in: 1...4096),
      help: "height and width in pixels", default: "the profile's"),
    Setting(
      "--lr", sets: \.recipe.learningRate, inEffect: \.learningRate,
      as: .single("a number above 0") { $0 > 0 }, help: "learning rate of the first epoch",
      default: "the profile's"),
    Setting(
      "--lr-min", sets: \.recipe.finalLearningRate, inEffect: \.finalLearningRate,
      as: .single("a number of at least 0") { $0 >= 0 },
      help: "learning rate that the cosine ends at", default: "a hundredth of --lr"),
    Setting(
      "--momentum", sets: \.recipe.momentum,
      as: .single("a number from 0 to below 1") { $0 >= 0 && $0 < 1 },
      help: "share of the last step that the next one keeps"),
    Setting(
      "--weight-decay", sets: \.recipe.weightDecay,
      as: .single("a number of at least 0") { $0 >= 0 },
      help: "strength of the pull of weights towards 0"),
    Setting(
      "--clip-grad-norm", sets: \.recipe.gradientNormLimit,
      as: .orNone(.single("a number above 0") { $0 > 0 }),
      help: "largest norm of all gradients together"),
    Setting("--norm", sets: \.model.normalization, as: .choice, help: "normalization"),
    Setting(
      "--final-relu", sets: \.model.hasFinalReLU, as: .onOff,
      help: "ReLU after the last convolution"),
    Setting(
      "--dropout", sets: \.model.dropoutRate, as: .probability,
      help: "probability of zeroing before the last convolution"),
    Setting(
      "--variant", sets: \.usualVariant, as: .choice,
      help: "network of the family, with its usual bypass"),
    Setting(
      "--bypass", sets: \.model.bypass, as: .choice, help: "connections around fire modules"),
    Setting(
      "--classes", sets: \.model.classes, as: .integer(in: 1...1_000_000),
      help: "outputs of the last convolution"),
    Setting(
      "--seed", sets: \.seed, as: .integer(in: 0...UInt64.max),
      help: "exactly one run per arm, with this seed of all random draws", default: "as --seeds"),
    Setting(
      "--early-stop", sets: \.patience, as: .orNone(.integer(in: 1...100_000)),
      help: "end after N epochs without a better validation accuracy"),
    Setting(
      "--skip-bad-images", sets: \.skipsBadImages, as: .flag,
      help: "leave out images that cannot be decoded; run.json counts them", isRecorded: false),
    Setting(
      "--limit-train", sets: \.trainingLimit, as: .orNone(.integer(in: 1...Int.max)),
      help: "the first N of the shuffled training images"),
    Setting(
      "--limit-val", sets: \.validationLimit, as: .orNone(.integer(in: 1...Int.max)),
      help: "the first N validation images"),
    Setting(
      "--augmentation", sets: \.recipe.augmentation, as: .choice,
      help: "none: only the validation transform"),
    Setting(
      "--shuffle", sets: \.recipe.isShuffled, as: .onOff, help: "a different order in every epoch"),
    Setting(
      "--engine", sets: \.engine, as: .choice, help: "implementation of the convolutions"),
    Setting(
      "--initial-weights", sets: \.initialWeights, as: .initialWeights,
      help: "safetensors to start from"),
    Setting(
      "--log-steps", sets: \.logsSteps, as: .flag, help: "also write steps.csv",
      isRecorded: false),
  ]

  /// The rows of the settings with these names, in the table's order.
  ///
  /// - Precondition: Every name is that of a setting.
  package static func table(_ names: String...) -> [Setting] {
    let rows = table.filter { names.contains($0.name) }
    precondition(rows.count == names.count, "settings called \(names)")
    return rows
  }

  /// The settings by name, as they stand in a run's record and its checkpoint.
  ///
  /// Two runs with equal records on the same data give the same bytes.
  package var record: [String: JSON] {
    let rows = Self.table.filter(\.isRecorded)
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.json(self)) })
  }

  /// Reads a record back. Settings that it lacks, because they were added after it was written, have
  /// their defaults.
  ///
  /// - Parameters:
  ///   - record: The settings by name.
  ///   - path: The file's name in errors.
  /// - Throws: `Failure` with code 65 if the profile, which defaults depend on, is missing or a value
  ///   is not accepted.
  package init(record: [String: JSON], path: String) throws {
    self.init()
    for row in Self.table where row.isRecorded {
      let value = record[row.key]
      if value == nil, row.name != "--profile" { continue }
      guard let value, row.read(value, into: &self) else {
        throw Failure(
          .corrupt,
          "\(path): configuration.\(row.key): expected \(row.expected), got "
            + (value?.words ?? "no such entry"))
      }
    }
  }

  /// The variant. Setting it also sets the bypass that it usually has.
  fileprivate var usualVariant: SqueezeNet.Variant {
    get { model.variant }
    set {
      model.variant = newValue
      model.bypass = SqueezeNet.Configuration(variant: newValue).bypass
    }
  }
}

extension ValueFormat where Value == Double {
  /// Probabilities.
  static var probability: Self {
    .number("a probability from 0 to 1", placeholder: "P") { (0...1).contains($0) }
  }

  /// Numbers that neither overflow nor underflow to 0 in single precision, which training computes in.
  fileprivate static func single(
    _ expected: String, where isValid: @escaping @Sendable (Float) -> Bool
  ) -> Self {
    .number(expected) {
      Float($0).isFinite && isValid(Float($0)) && ($0 == 0) == (Float($0) == 0)
    }
  }
}

extension ValueFormat where Value == String? {
  /// A file of weights. A record only says whether there is one: it has the hash of the weights, and
  /// the file's path does not matter.
  fileprivate static var initialWeights: Self {
    let path = ValueFormat.orUnset("drawn", .path("FILE"))
    return Self(
      placeholder: path.placeholder, expected: path.expected, parse: path.parse, text: path.text,
      json: { .string($0 == nil ? "drawn" : "file") }, read: path.read)
  }
}
