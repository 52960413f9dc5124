import Support

/// Labeled images in memory.
public struct Dataset: Sendable {
  /// The classes; a label is an index into them.
  public let classes: [ImageClass]
  /// Where each image is from and what it shows.
  public let samples: [Sample]
  /// The decoded images, one for each sample.
  public let images: [Image]
  /// The SHA-256 of each image's file.
  private let hashes: [String]

  /// The number of images.
  public var count: Int { samples.count }

  /// Reads and decodes images on all threads.
  ///
  /// - Parameters:
  ///   - classes: The classes that labels point into.
  ///   - samples: The images.
  ///   - folder: What the samples' paths are relative to.
  /// - Throws: `Failure` that names the files which cannot be read, and why.
  public init(classes: [ImageClass], samples: [Sample], folder: String) throws {
    precondition(samples.allSatisfy { classes.indices.contains($0.label) }, "labels of the classes")
    var results = [Result<(image: Image, hash: String), Failure>?](
      repeating: nil, count: samples.count)
    results.withUnsafeMutableBufferPointer { results in
      // Blocks write to different elements.
      nonisolated(unsafe) let results = results
      Parallel.forEach(samples.count) { index in
        results[index] = Self.read("\(folder)/\(samples[index].path)")
      }
    }
    var images: [Image] = []
    var hashes: [String] = []
    var failures: [Failure] = []
    images.reserveCapacity(samples.count)
    for case let result? in results {
      switch result {
      case .success(let read):
        images.append(read.image)
        hashes.append(read.hash)
      case .failure(let failure):
        failures.append(failure)
      }
    }
    if let first = failures.first {
      guard failures.count > 1 else { throw first }
      let shown = failures.prefix(3).map(\.description).joined(separator: "; ")
      throw Failure(
        first.code,
        "\(failures.count) of \(samples.count) images cannot be read: \(shown)"
          + (failures.count > 3 ? "; ..." : ""))
    }
    self.classes = classes
    self.samples = samples
    self.images = images
    self.hashes = hashes
  }

  private static func read(_ path: String) -> Result<(image: Image, hash: String), Failure> {
    do {
      let file = try Files.read(path)
      return .success((try Image(jpeg: file, path: path), SHA256.hash(file)))
    } catch let failure as Failure {
      return .failure(failure)
    } catch {
      return .failure(Failure(.inputOutput, "\(path): cannot read: \(error)"))
    }
  }

  /// A name for the data that a run uses: the SHA-256 over each file's relative path and content,
  /// files sorted by path. It does not depend on where the folder is.
  public static func fingerprint(of datasets: [Dataset]) -> String {
    let lines = datasets.flatMap { dataset in
      zip(dataset.samples, dataset.hashes).map { sample, hash in "\(sample.path) \(hash)\n" }
    }
    return SHA256.hash(
      lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined().utf8)
  }
}
