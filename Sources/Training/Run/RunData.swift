import Datasets
import Support

/// The images of a run, in memory.
package struct RunData: Sendable {
  /// What the network learns from.
  package let training: Dataset
  /// What it is judged by.
  package let validation: Dataset
  /// Names the files and their content.
  package let fingerprint: String
  /// What is wrong with the images that were left out; `nil` where that was not asked for.
  package let skipped: [Failure]?

  /// Uses splits that are in memory already.
  package init(training: Dataset, validation: Dataset, skipped: [Failure]? = nil) {
    self.training = training
    self.validation = validation
    self.skipped = skipped
    fingerprint = Dataset.fingerprint(of: [training, validation])
  }

  /// Reads what the settings ask for from a folder.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - settings: Say how many images are read, how far they are resized, and whether those that
  ///     cannot be used are left out.
  /// - Throws: `Failure` with code 66 for what is missing, 65 for what cannot be used.
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
