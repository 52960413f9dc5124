import Support
import Training

/// Writes the tables of profiles' experiments, draws their figures, and writes their reports and the
/// package's pages, from the committed files alone.
///
/// - Parameters:
///   - profile: The folder's name below `reports/`; `nil` for every profile that has results.
///   - root: The package's folder.
/// - Returns: The files written, relative to the root.
/// - Throws: `Failure` with code 66 without results or gnuplot, 65 if a file is malformed or prose names
///   a value that does not exist.
@discardableResult
package func weave(profile: String? = nil, root: String) throws -> [String] {
  try whileReportsAreLocked(root: root) {
    let reports = try Results.selected(profile: profile, root: root).flatMap { results in
      var paths = try results.writeTables() + results.writeArchitecture()
      let text = try Report(results).text()
      paths += try results.drawFigures()
      let path = results.folder + "/report.md"
      try Files.write(text, to: "\(root)/\(path)")
      return paths + [path]
    }
    return reports + (try Pages(root: root).write())
  }
}

/// The report of one profile.
package struct Report: Sendable {
  let results: Results

  package init(_ results: Results) {
    self.results = results
  }

  /// The whole report in Markdown. The same files give the same bytes.
  package func text() throws -> String {
    var sections = ["# SqueezeNet: the experiments of profile `\(results.profile)`"]
    sections.append(
      "Woven by `make report` from the scripts in `experiments/` and the files beside this one. "
        + "To change a word or a number, change its source.")
    sections += gaps() + warnings()
    sections += inShort()
    sections += try introduction()
    sections += try architecture()
    sections += try samples()
    for experiment in results.experiments { sections += try section(of: experiment) }
    sections += try comparison()
    sections += try classes()
    sections += try mistakes()
    sections += try filters()
    sections += reproduction()
    return sections.joined(separator: "\n\n") + "\n"
  }

  /// Lists what is missing, so that nobody takes a part for the whole.
  private func gaps() -> [String] {
    let lines = results.experiments.flatMap { experiment in
      let gaps =
        experiment.runs.isEmpty && experiment.gaps.isEmpty ? ["not run yet"] : experiment.gaps
      return gaps.map { "> - \(experiment.name): \($0)" }
    }
    guard !lines.isEmpty else { return [] }
    return [(["> **Partial report.** Missing:", ">"] + lines).joined(separator: "\n")]
  }

  /// Names the runs that their commit does not repeat, and those that left out images.
  private func warnings() -> [String] {
    func runs(_ isMeant: (RunRecord) -> Bool) -> [String] {
      results.complete.flatMap { experiment in
        experiment.runs.filter { $0.record.map(isMeant) ?? false }.map(experiment.label)
      }
    }
    let changed = runs { $0.isDirty == true }
    let skipping = runs { ($0.skippedImages ?? 0) > 0 }
    var warnings: [String] = []
    if !changed.isEmpty {
      warnings.append(
        "> **Made from changed sources:** \(changed.joined(separator: ", ")). The sources were not "
          + "those of the commit that `run.json` names, so that commit does not repeat the numbers. "
          + "Commit the sources and run again.")
    }
    if !skipping.isEmpty {
      warnings.append(
        "> **Made without some images:** \(skipping.joined(separator: ", ")). Files that could not "
          + "be used were left out; `data.skipped_images` counts them.")
    }
    return warnings
  }

  // MARK: - Pieces

  /// A figure with its caption, in Markdown.
  func embed(_ figure: Figure) -> String {
    "![\(figure.summary)](\(figure.path))\n\n*\(figure.caption).*"
  }
}
