import Support
import Training

extension Report {
  /// An experiment's script as prose and code, then its table and figures.
  func section(of experiment: ExperimentResults) throws -> [String] {
    let command = "`make experiment-\(experiment.name) PROFILE=\(results.profile)`"
    guard !experiment.runs.isEmpty else {
      return [
        "## \(experiment.name)",
        experiment.gaps.isEmpty
          ? "*Not run yet in this profile: \(command)*"
          : "*Nothing to show: \(experiment.gaps.joined(separator: "; ")). Again: \(command)*",
      ]
    }
    let script = LiterateScript(
      parsing: try Files.readText("\(results.root)/\(experiment.script)"))
    let placeholders = Placeholders(for: experiment, in: results)
    var parts = script.hasTitle ? [] : ["## \(experiment.name)"]
    for chunk in script.chunks {
      switch chunk {
      case .code(let lines): parts.append(LiterateScript.fenced(lines))
      case .prose(let lines, let firstLine):
        let filled = try lines.enumerated().map { index, line in
          try placeholders.fill(line, at: "\(experiment.script):\(firstLine + index)")
        }
        parts.append(oneLevelDown(filled).joined(separator: "\n"))
      }
    }
    if !experiment.gaps.isEmpty {
      parts.append(
        "> **Partial:** \(experiment.gaps.joined(separator: "; ")). To complete it: \(command)")
    }
    parts += silencingWarning(
      about: results.comparisons.filter { $0.arm.experiment == experiment.name })
    return parts + (try results.figures(of: experiment, in: .experiment)).map(embed)
  }

  /// Markdown with each heading one level deeper, as a section of a larger text.
  private func oneLevelDown(_ lines: [String]) -> [String] {
    var isCode = false
    return lines.map { line in
      if line.hasPrefix("```") { isCode.toggle() }
      let isHeading = line.hasPrefix("#") && line.drop { $0 == "#" }.first == " "
      return isHeading && !isCode ? "#" + line : line
    }
  }
}
