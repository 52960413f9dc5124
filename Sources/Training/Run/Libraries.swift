import Datasets
import Support

/// The versions of other software that a run's files pass through, as its record names them.
package enum Libraries {
  /// The library that decodes and encodes JPEG files.
  package static var libjpeg: String { Image.library }

  /// The program that draws figures, `5.4 patchlevel 4`; `nil` where it is not installed.
  package static var gnuplot: String? {
    guard let result = try? Program.run(["gnuplot", "--version"], in: "."), result.status == 0
    else { return nil }
    let words = String(decoding: result.output, as: UTF8.self).split { $0.isWhitespace }
    return words.first == "gnuplot" ? words.dropFirst().joined(separator: " ") : nil
  }

  /// The entry of a record.
  static var json: JSON {
    .object(["gnuplot": gnuplot.map(JSON.string) ?? .null, "libjpeg": .string(libjpeg)])
  }
}
