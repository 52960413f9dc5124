import Datasets
import Support

/// The images of a run, in memory.
public struct RunData: Sendable {
  /// What the network learns from.
  public let training: Dataset
  /// What it is judged by.
  public let validation: Dataset
  /// Names the files and their content.
  public let fingerprint: String

  /// Uses splits that are in memory already.
  public init(training: Dataset, validation: Dataset) {
    self.training = training
    self.validation = validation
    fingerprint = Dataset.fingerprint(of: [training, validation])
  }

  /// Reads what the settings ask for from a folder in Imagenette's layout.
  ///
  /// - Throws: `Failure` with code 66 for what is missing, 65 for what cannot be used.
  public init(at path: String, _ settings: Settings) throws {
    let folder = try ImageFolder(at: path)
    self.init(
      training: try folder.load(
        .training, limit: settings.trainingLimit, isShuffled: settings.recipe.isShuffled,
        seed: settings.seed),
      validation: try folder.load(.validation, limit: settings.validationLimit))
  }
}
