import NeuralNetwork
import Support

/// Converts bytes to a network's input: (byte / 255 - mean) / standard deviation, each operation
/// rounded to single precision.
///
/// Source: torchvision `ToTensor`, `Normalize`.
package struct PixelNormalization: Equatable, Sendable {
  /// The means of red, green and blue as fractions of 255.
  package let mean: [Float]
  /// The standard deviations of red, green and blue as fractions of 255.
  package let standardDeviation: [Float]
  /// The normalized value of each byte for red, green and blue: shape (3, 256).
  private let values: [Float]

  /// - Precondition: Three means and three positive deviations.
  package init(mean: [Float], standardDeviation: [Float]) {
    precondition(mean.count == 3 && standardDeviation.count == 3, "red, green and blue")
    precondition(standardDeviation.allSatisfy { $0 > 0 }, "positive deviations")
    self.mean = mean
    self.standardDeviation = standardDeviation
    values = (0..<3).flatMap { channel in
      (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
    }
  }

  private static let channels = ["red", "green", "blue"]
  private static let columns = ["channel", "mean", "standard_deviation"]

  /// Reads statistics from a table with columns `channel`, `mean`, `standard_deviation` and one row
  /// for each of `red`, `green`, `blue`, in fractions of 255.
  ///
  /// - Throws: `Failure` with code 65, in which the table is called `path`.
  package init(table: Table, path: String) throws {
    guard let names = table["channel"], let means = table["mean"],
      let deviations = table["standard_deviation"]
    else {
      throw Failure(
        .corrupt, "\(path): expected the columns \(Self.columns.joined(separator: ", "))")
    }
    guard names.sorted() == Self.channels.sorted() else {
      throw Failure(
        .corrupt,
        "\(path): expected one row for each of red, green and blue, got "
          + names.joined(separator: ", "))
    }
    func number(_ field: String, _ name: String, where isValid: (Float) -> Bool) throws -> Float {
      guard let number = CommandLineOptions.decimal(field).map({ Float($0) }), number.isFinite,
        isValid(number)
      else { throw Failure(.corrupt, "\(path): expected \(name), got '\(field)'") }
      return number
    }
    let rows = Self.channels.compactMap { names.firstIndex(of: $0) }
    self.init(
      mean: try rows.map {
        try number(means[$0], "a finite mean of \(names[$0])") { _ in true }
      },
      standardDeviation: try rows.map {
        try number(deviations[$0], "a finite standard deviation above 0 of \(names[$0])") { $0 > 0 }
      })
  }

  /// The statistics as `init(table:path:)` reads them.
  package var table: Table {
    Table(
      columns: Self.columns,
      rows: Self.channels.indices.map {
        [Self.channels[$0], CSV.format(mean[$0]), CSV.format(standardDeviation[$0])]
      })
  }

  /// Normalizes an image.
  ///
  /// - Parameters:
  ///   - image: An image of H by W pixels.
  ///   - output: Memory of shape (H, W, 3) for the result.
  func apply(to image: Image, into output: UnsafeMutableBufferPointer<Float>) {
    precondition(output.count == image.pixels.count, "one number per byte")
    values.withUnsafeBufferPointer { values in
      image.pixels.withUnsafeBufferPointer { pixels in
        var index = 0
        while index < pixels.count {
          output[index] = values[Int(pixels[index])]
          output[index &+ 1] = values[256 &+ Int(pixels[index &+ 1])]
          output[index &+ 2] = values[512 &+ Int(pixels[index &+ 2])]
          index &+= 3
        }
      }
    }
  }

  /// Normalizes one image as a batch.
  ///
  /// - Returns: A tensor of shape (1, H, W, 3).
  package func tensor(of image: Image) -> Tensor {
    var tensor = Tensor(uninitialized: Shape(1, image.height, image.width, 3))
    tensor.withMutableElements { apply(to: image, into: $0) }
    return tensor
  }
}
