import Support

/// Labeled images in memory.
package struct Dataset: Sendable {
  /// The classes; a label is an index into them.
  package let classes: [ImageClass]
  /// The statistics that pixels are normalized with.
  package let normalization: PixelNormalization
  /// The file and the class of each image.
  package let samples: [Sample]
  /// The decoded images, one per sample.
  package let images: [Image]
  /// The SHA-256 of each image's file.
  private let hashes: [String]

  /// The number of images.
  package var count: Int { samples.count }

  /// Reads and decodes images on all threads.
  ///
  /// - Parameters:
  ///   - classes: The classes; a label is an index into them.
  ///   - normalization: The statistics that pixels are normalized with.
  ///   - samples: The images.
  ///   - folder: The folder that the samples' paths are relative to.
  ///   - shortSide: The largest short side in pixels that the images will be resized to.
  /// - Throws: `Failure` that names the files that cannot be used, and why.
  package init(
    classes: [ImageClass], normalization: PixelNormalization, samples: [Sample], folder: String,
    shortSide: Int? = nil
  ) throws {
    precondition(
      samples.allSatisfy { classes.indices.contains($0.label) }, "labels are indices of classes")
    let results = Self.map(samples) { Self.read("\(folder)/\($0.path)", shortSide) }
    var images: [Image] = []
    var hashes: [String] = []
    var failures: [Failure] = []
    images.reserveCapacity(samples.count)
    for result in results {
      switch result {
      case .success(let read):
        images.append(read.image)
        hashes.append(read.hash)
      case .failure(let failure):
        failures.append(failure)
      }
    }
    guard failures.isEmpty else { throw Failure(failures, of: "\(samples.count) images") }
    self.classes = classes
    self.normalization = normalization
    self.samples = samples
    self.images = images
    self.hashes = hashes
  }

  /// The failures of those images that cannot be used, by index.
  ///
  /// - Throws: `Failure` if the cause is not the file, but reading or memory failed.
  static func failures(
    of samples: [Sample], folder: String, shortSide: Int?
  ) throws -> [Int: Failure] {
    let results = map(samples) { sample -> Failure? in
      guard case .failure(let failure) = read("\(folder)/\(sample.path)", shortSide) else {
        return nil
      }
      return failure
    }
    if let failure = results.lazy.compactMap(\.self).first(where: { $0.code == .inputOutput }) {
      throw failure
    }
    return results.enumerated().reduce(into: [:]) { $0[$1.offset] = $1.element }
  }

  /// Applies a function to samples, on all threads.
  private static func map<Value>(_ samples: [Sample], _ body: (Sample) -> Value) -> [Value] {
    [Value](unsafeUninitializedCapacity: samples.count) { values, initialized in
      // Threads write to different elements.
      nonisolated(unsafe) let values = values
      Parallel.forEach(samples.count) { index in
        values.initializeElement(at: index, to: body(samples[index]))
      }
      initialized = samples.count
    }
  }

  private static func read(
    _ path: String, _ shortSide: Int?
  ) -> Result<(image: Image, hash: String), Failure> {
    do {
      let file = try read(path)
      let image = try Image(jpeg: file, path: path)
      if let shortSide { try image.requireResizable(shortSide: shortSide, path: path) }
      return .success((image, SHA256.hash(file)))
    } catch let failure as Failure {
      return .failure(failure)
    } catch {
      return .failure(Failure(.inputOutput, "\(path): cannot read: \(error)"))
    }
  }

  /// The identity of the data that a run uses: the SHA-256 over the relative path and the content of
  /// each file, sorted by path, and over normalizations other than Imagenette's. It does not depend on
  /// where the folder is.
  package static func fingerprint(of datasets: [Dataset]) -> String {
    fingerprint(of: datasets.map { ($0.samples, $0.hashes, $0.normalization) })
  }

  private static func fingerprint(
    of datasets: [(samples: [Sample], hashes: [String], normalization: PixelNormalization)]
  ) -> String {
    let files = datasets.flatMap { dataset in
      zip(dataset.samples, dataset.hashes).map { sample, hash in "\(sample.path) \(hash)\n" }
    }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let normalizations = datasets.map(\.normalization).filter { $0 != Imagenette.normalization }
      .map(\.table.text)
    return SHA256.hash((files + normalizations).joined().utf8)
  }

  /// The fingerprint that data sets of these files would have. The files are read, but nothing is decoded.
  ///
  /// - Parameters:
  ///   - splits: The images of each data set.
  ///   - folder: The folder that the samples' paths are relative to.
  ///   - normalization: The statistics that pixels are normalized with.
  /// - Returns: A SHA-256.
  /// - Throws: `Failure` with code 66 or 74 if a file cannot be read.
  package static func fingerprint(
    of splits: [[Sample]], folder: String, normalization: PixelNormalization
  ) throws -> String {
    try fingerprint(
      of: splits.map { samples in
        let hashes = try map(samples) { sample in
          Result { SHA256.hash(try read("\(folder)/\(sample.path)")) }
        }.map { try $0.get() }
        return (samples, hashes, normalization)
      })
  }

  private static func read(_ path: String) throws -> [UInt8] {
    // A pipe or a device may have no end.
    guard !Files.isPipeOrDevice(path) else { throw Failure(.missing, "\(path): not a file") }
    return try Files.read(path)
  }
}

/// One of the classes that images are sorted into.
package struct ImageClass: Equatable, Sendable {
  /// The name of its folder, in Imagenette a WordNet identifier.
  package let folder: String
  /// The name for people.
  package let name: String
}

/// One image file of a split.
package struct Sample: Equatable, Sendable {
  /// The file, relative to the data set's folder: `train/n01440764/n01440764_18.JPEG`.
  package let path: String
  /// The index of its class.
  package let label: Int
}
