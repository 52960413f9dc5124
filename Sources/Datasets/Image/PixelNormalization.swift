import CTarget
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
  /// The means and deviations of three vectors, which hold 16 pixels.
  private let means, deviations: [SIMD16<Float>]

  /// - Precondition: Three means and three positive deviations.
  package init(mean: [Float], standardDeviation: [Float]) {
    precondition(mean.count == 3 && standardDeviation.count == 3, "red, green and blue")
    precondition(standardDeviation.allSatisfy { $0 > 0 }, "positive deviations")
    self.mean = mean
    self.standardDeviation = standardDeviation
    func vectors(_ values: [Float]) -> [SIMD16<Float>] {
      (0..<3).map { vector in SIMD16((0..<16).map { values[(vector * 16 + $0) % 3] }) }
    }
    means = vectors(mean)
    deviations = vectors(standardDeviation)
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

  /// Normalizes pixels. The results are stored past the caches: other threads see them after a
  /// `stream_fence`.
  ///
  /// - Parameters:
  ///   - pixels: Three bytes per pixel.
  ///   - output: Memory for three numbers per pixel.
  func apply(
    to pixels: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(output.count == pixels.count, "one number per byte")
    guard let source = UnsafeRawPointer(pixels.baseAddress),
      let target = output.baseAddress
    else { return }
    // 1 / 255 as the sum of two numbers: multiplications are faster than a division.
    let high = Float(1) / 255
    let low = Float(1 / 255 - Double(high))
    var index = 0
    while index &+ 48 <= pixels.count {
      // Three vectors hold 16 pixels.
      for vector in 0..<3 {
        let bytes = (source + index).loadUnaligned(as: SIMD16<UInt8>.self)
        let numbers = floats16(bytes)
        // A byte divided by 255, rounded once: both give the same for all 256 bytes.
        let fractions = (numbers * low).addingProduct(numbers, high)
        let values = (fractions - means[vector]) / deviations[vector]
        stream16(target + index, values)
        index &+= 16
      }
    }
    while index < pixels.count {
      let channel = index % 3
      output[index] = (Float(pixels[index]) / 255 - mean[channel]) / standardDeviation[channel]
      index &+= 1
    }
  }

  /// Normalizes one image as a batch.
  ///
  /// - Returns: A tensor of shape (1, H, W, 3).
  package func tensor(of image: Image) -> Tensor {
    var tensor = Tensor(uninitialized: Shape(1, image.height, image.width, 3))
    tensor.withMutableElements { elements in
      image.pixels.withUnsafeBufferPointer { apply(to: $0, into: elements) }
    }
    stream_fence()
    return tensor
  }
}
