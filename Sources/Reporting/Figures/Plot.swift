/// The parts of the report in which figures appear.
package enum FigureSection {
  case architecture, samples, experiment, classes, mistakes, filters, comparison, notebook
}

/// A kind of figure: how it is made from the results of an experiment or of a whole profile.
struct Plot<Subject>: Sendable {
  /// The end of the figure's name: `loss` for `norm-loss`.
  let name: String
  /// Where the report shows it.
  let section: FigureSection
  /// Makes the figure with the name given; `nil` if there is nothing to draw.
  let figure: @Sendable (Subject, _ name: String) throws -> Figure?

  init(
    _ name: String, in section: FigureSection,
    figure: @escaping @Sendable (Subject, _ name: String) throws -> Figure?
  ) {
    (self.name, self.section, self.figure) = (name, section, figure)
  }
}

/// An experiment beside those that it was run with.
struct ExperimentInProfile {
  let results: Results
  let experiment: ExperimentResults
}
