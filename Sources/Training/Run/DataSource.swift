import Datasets
import Support

/// Where a run's images are, and which profile follows from that.
struct DataSource {
  let profile: Profile
  /// A folder in Imagenette's layout.
  let path: String
  /// For the user: the profile, why it is that, how to get another.
  let reason: String
  private let isGenerated: Bool

  /// The folders that `make data` unpacks Imagenette into, the largest images first.
  static let downloads = Imagenette.folders.map { "data/\($0)" }
  private static let demoFolder = "data/demo"

  /// - Parameters:
  ///   - profile: The profile that the user asks for, if any.
  ///   - path: The data that the user names, if any.
  ///   - downloads: Where Imagenette may be.
  /// - Throws: `Failure` with code 66 where the profile needs Imagenette and it is not there.
  init(profile: Profile?, path: String?, downloads: [String] = downloads) throws {
    if let path {
      self.profile = profile ?? .quick
      self.path = path
      isGenerated = false
      let why = profile == nil ? " because data are given; PROFILE=notebook for the notebook's" : ""
      reason = "profile \(self.profile.rawValue)\(why), data in \(path)"
      return
    }
    let download = downloads.first(where: Files.isFolder)
    switch (profile, download) {
    case (.demo, _), (nil, nil):
      self.profile = .demo
      self.path = Self.demoFolder
      isGenerated = true
      reason =
        profile == nil
        ? "profile demo (generated images) because Imagenette is not in data/;"
          + " `make data` gets it, DATA=folder names another place"
        : "profile demo (generated images)"
    case (_, let download?):
      self.profile = profile ?? .quick
      self.path = download
      isGenerated = false
      reason =
        profile == nil
        ? "profile quick because Imagenette is in \(download); PROFILE=demo for generated images"
        : "profile \(self.profile.rawValue), data in \(download)"
    case (let profile?, nil):
      throw Failure(
        .missing,
        "profile \(profile.rawValue) needs Imagenette, and there is none in data/;"
          + " `make data` gets it, DATA=folder names another place")
    }
  }

  /// Makes the images where they are generated.
  ///
  /// - Returns: The folder.
  func prepare() throws -> String {
    if isGenerated { try DemoData.write(to: path) }
    return path
  }

  /// The bytes of memory that a run's images need; `nil` where they are not there, or no images.
  func imageBytes(_ settings: Settings) -> Int? {
    if isGenerated {
      return DemoData.imageBytes(.training, limit: settings.trainingLimit)
        + DemoData.imageBytes(.validation, limit: settings.validationLimit)
    }
    return (try? ImageFolder(at: path))?.imageBytes(settings)
  }
}
