import Foundation
import Support
import Training

/// The Markdown pages of the package whose numbers come from committed files: `README.in.md` is woven
/// to `README.md`, and likewise the pages of `docs/`.
///
/// A page can name
/// - `{{quick/norm:val_accuracy}}`: a value of an experiment in a profile, as its prose names it;
/// - `{{quick/norm#Result}}`: a section of the experiment's prose with its values filled in;
/// - `{{experiments/norm/main.swift#Model}}`: a script's text from a section to its end;
/// - `{{reports/measurements/speed.csv}}`: a table of measurements;
/// - `{{setup:build_seconds}}`: a value of such a table with the columns `name` and `value`.
package struct Pages {
  private let root: String
  private let placeholders: Placeholders

  /// Reads what pages can name.
  ///
  /// - Parameter root: The package's folder.
  /// - Throws: `Failure` with code 65 if a file is malformed.
  package init(root: String) throws {
    self.root = root
    var placeholders = Placeholders(values: NamedValues())
    for profile in Profile.allCases {
      let results = try Results(profile: profile.rawValue, root: root)
      for experiment in results.experiments { try placeholders.add(experiment, of: results) }
    }
    let folder = "reports/measurements"
    for name in Self.files(in: "\(root)/\(folder)", endingIn: ".csv") {
      guard let table = try Results.table("\(folder)/\(name)", root: root) else { continue }
      placeholders.values.shared["\(folder)/\(name)"] = table.markdown
      if let names = table["name"], let values = table["value"] {
        placeholders.elsewhere[String(name.dropLast(4))] = NamedValues(
          Dictionary(zip(names, values)) { $1 })
      }
    }
    self.placeholders = placeholders
  }

  /// The text of every page by its path, seen from the root.
  ///
  /// - Throws: `Failure` with code 65 for a name that has no value.
  package func texts() throws -> [String: String] {
    var texts: [String: String] = [:]
    for folder in ["", "docs/"] {
      for name in Self.files(in: "\(root)/\(folder)", endingIn: ".in.md") {
        let lines = try Files.readText("\(root)/\(folder)\(name)")
          .split(separator: "\n", omittingEmptySubsequences: false)
        texts["\(folder)\(name.dropLast(6)).md"] = try lines.enumerated().map { index, line in
          try placeholders.fill(String(line), at: "\(folder)\(name):\(index + 1)")
        }.joined(separator: "\n")
      }
    }
    return texts
  }

  /// Writes all pages.
  ///
  /// - Returns: Their paths, sorted.
  func write() throws -> [String] {
    try texts().sorted { $0.key < $1.key }.map { path, text in
      try Files.write(text, to: "\(root)/\(path)")
      return path
    }
  }

  private static func files(in folder: String, endingIn suffix: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasSuffix(suffix) }.sorted()
  }
}

extension Placeholders {
  /// Adds what pages can name of an experiment in one profile.
  fileprivate mutating func add(_ experiment: ExperimentResults, of results: Results) throws {
    let name = "\(results.profile)/\(experiment.name)"
    elsewhere[name] = NamedValues(of: experiment)
    let text = try Files.readText("\(results.root)/\(experiment.script)")
    let inner = Placeholders(for: experiment, in: results)
    for case .prose(let lines, let firstLine) in LiterateScript(parsing: text).chunks {
      guard lines[0].hasPrefix("## ") else { continue }
      let heading = lines[0].dropFirst(3)
      values.shared["\(experiment.script)#\(heading)"] = text.range(of: "//: ## \(heading)\n")
        .map { text[$0.lowerBound...].trimmed }
      values.shared["\(name)#\(heading)"] =
        experiment.runs.isEmpty
        ? Self.notRunYet
        : try lines.enumerated().dropFirst().map { index, line in
          try inner.fill(line, at: "\(experiment.script):\(firstLine + index)")
        }.joined(separator: "\n").trimmed
    }
  }
}
