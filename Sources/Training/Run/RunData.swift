import Datasets
import Support

/// The images of a run, in memory.
package struct RunData: Sendable {
  /// The images that the network learns from.
  package let training: Dataset
  /// The images that it is evaluated on.
  package let validation: Dataset
  /// The identity of the files and their content.
  package let fingerprint: String
  /// The failures of images that were left out; `nil` unless bad images are skipped.
  package let skipped: [Failure]?

  /// Takes splits that are in memory already.
  package init(training: Dataset, validation: Dataset, skipped: [Failure]? = nil) {
    self.training = training
    self.validation = validation
    self.skipped = skipped
    fingerprint = Dataset.fingerprint(of: [training, validation])
  }

  /// Reads the images that the settings ask for.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - settings: Decide which images are read, how large they may become, and whether bad ones are
  ///     skipped.
  /// - Throws: `Failure` with code 66 for missing images, 65 for those that cannot be used.
  package init(_ folder: ImageFolder, _ settings: Settings) throws {
    var folder = folder
    let shortSide = settings.transformSizes.largest
    var skipped: [Failure]?
    if settings.skipsBadImages {
      let rest = try folder.withoutBadImages(shortSide: shortSide)
      folder = rest.folder
      skipped = rest.failures
    }
    self.init(
      training: try folder.load(
        .training, limit: settings.trainingLimit, isShuffled: settings.recipe.isShuffled,
        seed: settings.seed, shortSide: shortSide),
      validation: try folder.load(
        .validation, limit: settings.validationLimit, shortSide: shortSide),
      skipped: skipped)
  }
}

extension ImageFolder {
  /// The fingerprint that `RunData` of the same settings has, from the files alone. Bad images count.
  func fingerprint(_ settings: Settings) throws -> String {
    try Dataset.fingerprint(
      of: [
        samples(
          .training, limit: settings.trainingLimit, isShuffled: settings.recipe.isShuffled,
          seed: settings.seed),
        samples(.validation, limit: settings.validationLimit),
      ], folder: path, normalization: normalization)
  }

  /// The bytes of memory that `RunData` needs for its images, from the headers of their files.
  func imageBytes(_ settings: Settings) -> Int {
    imageBytes(
      .training, limit: settings.trainingLimit, isShuffled: settings.recipe.isShuffled,
      seed: settings.seed) + imageBytes(.validation, limit: settings.validationLimit)
  }
}

extension RunData {
  /// The training images as a run with these settings sees them.
  func trainingLoader(_ settings: Settings) -> Loader {
    Loader(
      training, transform: Transform(settings.recipe.augmentation, settings.transformSizes),
      batchSize: settings.batchSize, isShuffled: settings.recipe.isShuffled, seed: settings.seed)
  }

  /// The validation images as a run with these settings sees them.
  func validationLoader(_ settings: Settings) -> Loader {
    Loader(
      validation, transform: Transform(.none, settings.transformSizes),
      batchSize: settings.batchSize)
  }
}
