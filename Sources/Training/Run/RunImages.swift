import Datasets
import Models
import Support

/// The images of an experiment's runs. Runs that see the same images, in whatever order, share them in memory.
final class RunImages {
  private let folder: ImageFolder
  /// The images that were read last, and the settings that they were read for.
  private var latest: (settings: Settings, data: RunData)?
  /// The fingerprints that were computed without decoding an image.
  private var fingerprints: [(settings: Settings, fingerprint: String)] = []
  private let title: String

  /// - Parameters:
  ///   - folder: The folder of the images.
  ///   - title: What messages begin with.
  init(_ folder: ImageFolder, title: String) {
    self.folder = folder
    self.title = title
  }

  /// Reads the images of a run, unless they are in memory.
  ///
  /// - Throws: `Failure` with code 66 for missing images, 65 for those that cannot be used.
  func data(_ settings: Settings) throws -> RunData {
    if let latest, latest.settings.seesSameImages(as: settings) { return latest.data }
    // Not both at once in memory.
    latest = nil
    let data = try RunData(folder, settings)
    if let reasons = data.skipped?.map(\.description), !reasons.isEmpty {
      Console.report(
        "\(title): skipping bad images: \(reasons.listed(limit: 20, separator: "; "))")
    }
    latest = (settings, data)
    return data
  }

  /// The fingerprint of a run's images. It comes from the files alone, unless images have to be decoded to
  /// know which of them are used.
  func fingerprint(_ settings: Settings) throws -> String {
    if let latest, latest.settings.seesSameImages(as: settings) { return latest.data.fingerprint }
    if settings.skipsBadImages { return try data(settings).fingerprint }
    if let known = fingerprints.first(where: { $0.settings.seesSameImages(as: settings) }) {
      return known.fingerprint
    }
    let fingerprint = try folder.fingerprint(settings)
    fingerprints.append((settings, fingerprint))
    return fingerprint
  }

  /// The SHA-256 of the weights that a run starts from.
  func initialWeights(_ settings: Settings) throws -> String {
    let network = try settings.makeInitialNetwork()
    return network.hash(
      trainedWith: settings, classNames: folder.classes.map(\.name),
      normalization: folder.normalization)
  }
}

extension Settings {
  /// Whether runs with these and with other settings read the same images from a folder.
  fileprivate func seesSameImages(as other: Settings) -> Bool {
    // A limit takes the first of the shuffled images, whose order follows from the seed.
    let isSameChoice =
      trainingLimit == nil || !recipe.isShuffled && !other.recipe.isShuffled
      || recipe.isShuffled == other.recipe.isShuffled && seed == other.seed
    return isSameChoice && trainingLimit == other.trainingLimit
      && validationLimit == other.validationLimit
      && transformSizes.largest == other.transformSizes.largest
      && skipsBadImages == other.skipsBadImages
  }
}
