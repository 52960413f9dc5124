import Support

/// A figure of a report, an SVG.
package struct Figure: Sendable {
  /// How a figure is made.
  enum Source: Sendable {
    /// By a script of `reports/plots`, named without its extension, after lines of gnuplot that name its
    /// inputs.
    case script(String, inputs: [String])
    /// From a picture in a run's folder.
    case sheet(PictureSheet)
    /// By the program itself: the elements of an SVG.
    case drawing(SVG)
  }

  /// The file's name without its extension, for example `norm-loss`.
  package let name: String
  /// Its content in one sentence, without the period.
  package let caption: String
  /// What a reader who cannot see it should know of it: its kind and its parts, in one sentence without
  /// the period.
  package let summary: String
  let source: Source

  /// The figure's file, relative to the folder of its profile.
  package var path: String { "figures/\(name).svg" }

  /// Whether gnuplot draws a file: all figures but those that the program draws itself.
  static func isPlotted(_ path: String) -> Bool {
    path.hasSuffix(".svg")
      && !["architecture.svg", "-samples.svg", "-mistakes.svg"].contains { path.hasSuffix($0) }
  }

  /// Draws the figure.
  ///
  /// - Parameter root: The package's folder.
  /// - Returns: The bytes of an SVG, the same for the same inputs.
  /// - Throws: `Failure` with code 66 where gnuplot, the script or the picture is missing, 65 where they
  ///   cannot be used.
  package func draw(root: String) throws -> [UInt8] {
    switch source {
    case .script(let script, let inputs): try plot(script, inputs, root: root)
    case .sheet(let sheet): try sheet.svg(root: root).file(title: caption, summary: summary)
    case .drawing(let svg): svg.file(title: caption, summary: summary)
    }
  }

  private func plot(_ name: String, _ inputs: [String], root: String) throws -> [UInt8] {
    let script = "reports/plots/\(name).gp"
    guard Files.exists("\(root)/\(script)") else {
      throw Failure(.missing, "cannot draw \(self.name): no \(script)")
    }
    let input = (inputs + ["load \(Gnuplot.quoted(script))"]).joined(separator: "\n") + "\n"
    // `-d` keeps the user's own settings out of the figure.
    let result = try Program.run(["gnuplot", "-d", "-"], in: root, input: input)
    guard result.status != 127 else {
      throw Failure(.missing, "gnuplot is not installed; run: apt-get install gnuplot-nox")
    }
    guard result.status == 0, !result.output.isEmpty else {
      throw Failure(.corrupt, "\(script): cannot draw \(self.name): \(result.complaint)")
    }
    let svg = try String(utf8: result.output, name: "gnuplot's output")
    return Array(described(svg).utf8)
  }

  /// Gives gnuplot's SVG its title and a description, where gnuplot names itself and its version.
  private func described(_ svg: String) -> String {
    guard let title = svg.firstRange(of: "<title>"), let end = svg.firstRange(of: "</desc>"),
      title.lowerBound < end.lowerBound
    else { return svg }
    return svg.replacingCharacters(
      in: title.lowerBound..<end.upperBound, with: SVG.description(title: caption, summary: summary)
    )
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

  /// An array of numbers.
  static func array(_ name: String, _ numbers: [Double]) -> String {
    array(name, numbers.map(CSV.format))
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
