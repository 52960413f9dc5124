/// The parts of the report in which figures appear.
package enum FigureSection {
  case experiment, classes, filters, comparison, notebook
}

/// A kind of figure: a script of `reports/plots`, and how its inputs are found in the results of an
/// experiment or of a whole profile.
struct Plot<Subject>: Sendable {
  /// The end of the figure's name, `loss` for `norm-loss`.
  let name: String
  /// The script's name without its extension.
  let script: String
  /// Where the report shows it.
  let section: FigureSection
  /// The caption, and lines of gnuplot that name the inputs; `nil` if there is nothing to draw.
  let inputs: @Sendable (Subject) throws -> (caption: String, lines: [String])?

  init(
    _ name: String, script: String? = nil, in section: FigureSection,
    inputs: @escaping @Sendable (Subject) throws -> (caption: String, lines: [String])?
  ) {
    self.name = name
    self.script = script ?? name
    self.section = section
    self.inputs = inputs
  }

  /// The figure of a subject whose name begins with `prefix`, `nil` if there is nothing to draw.
  func figure(of subject: Subject, prefix: String) throws -> Figure? {
    try inputs(subject).map {
      Figure(name: "\(prefix)-\(name)", caption: $0.caption, script: script, inputs: $0.lines)
    }
  }
}
