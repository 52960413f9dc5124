import Support

/// Draws all figures of profiles from their CSV files.
///
/// - Parameters:
///   - profile: The folder's name below `reports/`; `nil` for every profile that has results.
///   - root: The package's folder.
/// - Returns: The files written, relative to the root.
/// - Throws: `Failure` with code 66 without results or gnuplot, 65 if a file is malformed.
@discardableResult
package func drawFigures(profile: String? = nil, root: String) throws -> [String] {
  try whileReportsAreLocked(root: root) {
    try Results.selected(profile: profile, root: root).flatMap { try $0.drawFigures() }
  }
}

extension Results {
  /// Draws all figures of the profile.
  ///
  /// - Returns: The files written, relative to the root.
  func drawFigures() throws -> [String] {
    var paths: [String] = []
    try Files.createFolder("\(root)/\(folder)/figures")
    func write(_ bytes: [UInt8], to path: String) throws {
      paths.append("\(folder)/\(path)")
      try Files.write(bytes, to: "\(root)/\(folder)/\(path)")
    }
    if let (network, imageSize) = network {
      try write(
        Array(ArchitectureDrawing.svg(network, imageSize: imageSize).utf8), to: Results.drawing)
    }
    for figure in try complete.flatMap({ try figures(of: $0) }) + figures() {
      try write(try figure.draw(root: root), to: figure.path)
    }
    return paths
  }

  /// The file of the network's drawing, relative to the folder of its profile.
  static let drawing = "figures/architecture.svg"

  /// The figures of an experiment: all, or only those that one section of the report shows.
  package func figures(
    of experiment: ExperimentResults, in section: FigureSection? = nil
  ) throws -> [Figure] {
    try Self.experimentPlots.filter { section == nil || $0.section == section }
      .compactMap { try $0.figure(of: experiment, prefix: experiment.name) }
  }

  /// The figures that compare experiments: all, or only those that one section of the report shows.
  func figures(in section: FigureSection? = nil) throws -> [Figure] {
    try Self.profilePlots.filter { section == nil || $0.section == section }
      .compactMap { try $0.figure(of: self, prefix: "comparison") }
  }

  /// The experiments that have been run, each with the first run of its representative arm.
  var representatives: [(ExperimentResults, RunResults)] {
    complete.compactMap { experiment in experiment.representative.map { (experiment, $0.runs[0]) } }
  }
}
