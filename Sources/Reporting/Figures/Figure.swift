import Support

/// A figure: a gnuplot script and its inputs.
package struct Figure: Sendable {
  /// The file's name without its extension, for example `norm-loss`.
  package let name: String
  /// Its content in one sentence, without the period.
  package let caption: String
  /// The name of the script in `reports/plots`, without its extension.
  let script: String
  /// Lines of gnuplot that name the inputs.
  let inputs: [String]

  /// The figure's file, relative to the folder of its profile.
  package var path: String { "figures/\(name).svg" }

  /// Draws the figure.
  ///
  /// - Parameter root: The package's folder.
  /// - Returns: The bytes of an SVG, the same for the same inputs.
  /// - Throws: `Failure` with code 66 where gnuplot or the script is missing, 65 where gnuplot
  ///   cannot use the inputs.
  package func draw(root: String) throws -> [UInt8] {
    let script = "reports/plots/\(script).gp"
    guard Files.exists("\(root)/\(script)") else {
      throw Failure(.missing, "cannot draw \(name): no \(script)")
    }
    let input = (inputs + ["load \(Gnuplot.quoted(script))"]).joined(separator: "\n") + "\n"
    // `-d` keeps the user's own settings out of the figure.
    let result = try Program.run(["gnuplot", "-d", "-"], in: root, input: input)
    guard result.status != 127 else {
      throw Failure(.missing, "gnuplot is not installed; run: apt-get install gnuplot-nox")
    }
    guard result.status == 0, !result.output.isEmpty else {
      throw Failure(.corrupt, "\(script): cannot draw \(name): \(result.complaint)")
    }
    return result.output
  }
}

/// Values in the language of gnuplot.
enum Gnuplot {
  /// A text.
  static func quoted(_ text: String) -> String {
    "'" + text.escapingLineFeeds.substituting("'", by: "''") + "'"
  }

  /// An array of values that are written already.
  static func array(_ name: String, _ values: [String]) -> String {
    "array \(name)[\(values.count)] = [\(values.joined(separator: ", "))]"
  }

  /// An array of texts.
  static func array(_ name: String, quoting texts: [String]) -> String {
    array(name, texts.map(quoted))
  }

  /// A table that a script reads as `$name`.
  static func table(_ name: String, _ table: Table) -> String {
    "$\(name) << EOD\n\(table.text)EOD"
  }
}
