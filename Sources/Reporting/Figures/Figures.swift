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
    try Files.createFolder("\(root)/\(folder)/figures")
    return try (figures() + complete.flatMap { try figures(of: $0) }).map { figure in
      let path = "\(folder)/\(figure.path)"
      try Files.write(try figure.draw(root: root), to: "\(root)/\(path)")
      return path
    }
  }

  /// The figures of an experiment: all, or only those that one section of the report shows.
  package func figures(
    of experiment: ExperimentResults, in section: FigureSection? = nil
  ) throws -> [Figure] {
    try Self.experimentPlots.filter { section == nil || $0.section == section }.compactMap {
      try $0.figure(
        ExperimentInProfile(results: self, experiment: experiment), "\(experiment.name)-\($0.name)")
    }
  }

  /// The figures of all experiments together: all, or only those that one section of the report shows.
  package func figures(in section: FigureSection? = nil) throws -> [Figure] {
    try Self.profilePlots.filter { section == nil || $0.section == section }
      .compactMap { try $0.figure(self, $0.name) }
  }

  /// The experiments that have been run, each with the first run of its representative arm.
  var representatives: [(ExperimentResults, RunResults)] {
    complete.compactMap { experiment in experiment.representative.map { (experiment, $0.runs[0]) } }
  }
}
