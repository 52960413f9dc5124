extension Report {
  /// Precision, recall and confusion by class, of each experiment's representative arm: its first run, and
  /// folded away the others.
  func classes() throws -> [String] {
    var parts: [String] = []
    for (experiment, run) in results.representatives {
      guard let classes = run.confusionMatrix else { continue }
      parts.append("### \(experiment.label(run))")
      parts.append(classes.table.markdown)
      parts += try results.figures(of: experiment, in: .classes).map(embed)
      parts.append(
        "<details><summary>The confusion matrix as a table</summary>\n\n"
          + classes.matrix.markdown + "\n\n</details>")
      for other in experiment.representative?.runs.dropFirst() ?? [] {
        guard let classes = other.confusionMatrix else { continue }
        parts.append(
          "<details><summary>\(experiment.label(other))</summary>\n\n" + classes.table.markdown
            + "\n\n</details>")
      }
    }
    guard !parts.isEmpty else { return [] }
    return [
      "## Results by class",
      "Precision is the fraction of right answers among the images taken for a class, recall the "
        + "fraction of a class's images that were recognized. Final weights, validation images.",
    ] + parts
  }
}
