import Datasets
import Support

/// The images of a run and the profile that goes with them.
struct DataSource {
  let profile: Profile
  /// A folder in Imagenette's layout.
  let path: String
  /// A line for the user: the profile, why it was chosen, and how to get another.
  let reason: String
  /// The generator of the images; `nil` if they are downloaded or the user's own.
  private let generator: NamedDataset.Generator?

  /// - Parameters:
  ///   - profile: The profile that the user asks for, if any.
  ///   - path: The folder that the user names, if any.
  /// - Throws: `Failure` with code 66 if the profile's images are missing.
  init(profile: Profile?, path: String?) throws {
    if let path {
      self.profile = profile ?? .quick
      self.path = path
      generator = nil
      let why = profile == nil ? " because data are given; PROFILE=notebook for the notebook's" : ""
      reason = "profile \(self.profile.rawValue)\(why), data in \(path)"
      return
    }
    let isDownloaded = Profile.quick.dataset.folder != nil
    self.profile = profile ?? (isDownloaded ? .quick : .demo)
    let (name, dataset) = (self.profile.rawValue, self.profile.dataset)
    guard let folder = dataset.folder else {
      throw Failure(
        .missing, "profile \(name) needs \(dataset.name), which is not in data/;\(Self.advice)"
      )
    }
    self.path = folder
    generator = dataset.generator
    switch (generator == nil, profile == nil) {
    case (true, true):
      reason =
        "profile \(name) because \(dataset.name) is in \(folder);"
        + " PROFILE=demo for generated images"
    case (true, false):
      reason = "profile \(name), data in \(folder)"
    case (false, true):
      reason =
        "profile \(name) (\(dataset.name)) because \(Profile.quick.dataset.name) is not in"
        + " data/;\(Self.advice)"
    case (false, false):
      reason = "profile \(name) (\(dataset.name))"
    }
  }

  private static let advice = " `make data` gets it, DATA=folder names another place"

  /// Generates the images if the profile's data set is a generated one.
  ///
  /// - Returns: The folder.
  func prepare() throws -> String {
    try generator?.write(path)
    return path
  }

  /// The bytes of memory that a run's images need; `nil` if the folder is missing or cannot be used.
  func imageBytes(_ settings: Settings) -> Int? {
    if let generator {
      return generator.imageBytes(.training, settings.trainingLimit)
        + generator.imageBytes(.validation, settings.validationLimit)
    }
    return (try? ImageFolder(at: path))?.imageBytes(settings)
  }
}
