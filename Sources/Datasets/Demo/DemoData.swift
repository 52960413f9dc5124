import Foundation
import NeuralNetwork
import Support

/// Generated images in Imagenette's layout, for runs without a network connection.
///
/// Ten classes of shapes with random color, position, size, angle and proportions on textured
/// backgrounds with clutter and noise. The files depend on the seed alone.
package enum DemoData {
  /// Raised when the drawing changes. A folder of another version is written anew.
  static let version = 2

  /// The data set with its default seed.
  package static let dataset = NamedDataset(
    name: "generated images", folders: ["data/demo"],
    generator: .init(write: { try write(to: $0) }, imageBytes: { imageBytes($0, limit: $1) }))

  /// Images per class in each split.
  static func imagesPerClass(_ split: Split) -> Int {
    switch split {
    case .training: 100
    case .validation: 50
    }
  }

  /// The classes, labels in order.
  package static let classes = DemoShape.allCases.map {
    ImageClass(folder: $0 == .halfDisc ? "half-disc" : $0.name, name: $0.name)
  }

  /// The bytes of memory that the first images of a split need, all of them without a limit.
  package static func imageBytes(_ split: Split, limit: Int? = nil) -> Int {
    min(limit ?? .max, classes.count * imagesPerClass(split)) * 96 * 80 * 3
  }

  /// Writes the data set's folder, which appears whole or not at all. A complete folder of the same
  /// version and seed is left alone; any other demo data are replaced.
  ///
  /// - Parameters:
  ///   - path: The folder; missing parent folders are created.
  ///   - seed: The seed of the images.
  /// - Throws: `Failure` with code 73 if the folder holds something else or cannot be created, 74
  ///   if writing fails.
  package static func write(to path: String, seed: UInt64 = 0) throws {
    // Of processes that start at once, the first one draws the images and the others wait for them.
    let parent = (path as NSString).deletingLastPathComponent
    if !parent.isEmpty { try Files.createFolder(parent) }
    try Files.whileLocked(parent.isEmpty ? "." : parent) {
      try replaceUnlessComplete(path, seed: seed)
    }
  }

  private static func replaceUnlessComplete(_ path: String, seed: UInt64) throws {
    let stamp = stamp(seed: seed)
    let stampFile = "\(path)/\(stampName)"
    func isThere() -> Bool { (try? Files.readText(stampFile)) == stamp && isComplete(path) }
    if isThere() { return }
    if !Files.exists(stampFile), Files.exists(path) {
      let entries = try? FileManager.default.contentsOfDirectory(atPath: path)
      guard entries == [] else {
        throw Failure(
          .cannotCreate,
          "\(path): holds something other than demo data; name a new folder, or remove this one")
      }
    }

    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier).partial"
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    try writeFiles(to: temporary, seed: seed)
    try Files.write(stamp, to: "\(temporary)/\(stampName)")
    // Where folders cannot be locked, another process may have been faster, and its images may be in use.
    if isThere() { return }
    try? FileManager.default.removeItem(atPath: path)
    do {
      try FileManager.default.moveItem(atPath: temporary, toPath: path)
    } catch {
      if isThere() { return }
      throw Failure(.cannotCreate, "cannot create \(path)")
    }
  }

  /// One image of the data set.
  ///
  /// - Parameters:
  ///   - split: The split.
  ///   - index: The position in the split; the class is `index` modulo 10.
  ///   - seed: The seed of the images.
  /// - Returns: 96 by 80 or 80 by 96 pixels.
  package static func image(_ split: Split, index: Int, seed: UInt64) -> Image {
    var stream = RandomStream(
      seed: seed, purpose: .demoImages, epoch: split == .training ? 1 : 2, sample: index)
    let shapes = DemoShape.allCases
    return DemoScene(shape: shapes[index % shapes.count], using: &stream).draw(using: &stream)
  }

  private static let stampName = ".demo-data"

  private static func stamp(seed: UInt64) -> String { "version \(version)\nseed \(seed)\n" }

  private static func isComplete(_ path: String) -> Bool {
    guard let folder = try? ImageFolder(at: path), folder.classes == classes else { return false }
    return Split.allCases.allSatisfy {
      folder.samples($0).count == classes.count * imagesPerClass($0)
    }
  }

  private static func writeFiles(to path: String, seed: UInt64) throws {
    for split in Split.allCases {
      for imageClass in classes {
        try Files.createFolder("\(path)/\(split.folder)/\(imageClass.folder)")
      }
      let count = classes.count * imagesPerClass(split)
      var failures = [Failure?](repeating: nil, count: count)
      failures.withUnsafeMutableBufferPointer { failures in
        // Threads write to different elements.
        nonisolated(unsafe) let failures = failures
        Parallel.forEach(count) { index in
          failures[index] = writeImage(split, index: index, seed: seed, to: path)
        }
      }
      if let failure = failures.lazy.compactMap({ $0 }).first { throw failure }
    }
    var table = Table(columns: ["wnid", "name"])
    for imageClass in classes { table.append([imageClass.folder, imageClass.name]) }
    try Files.write(table.text, to: "\(path)/classes.csv")
  }

  private static func writeImage(
    _ split: Split, index: Int, seed: UInt64, to path: String
  ) -> Failure? {
    let folder = classes[index % classes.count].folder
    let number = String(index / classes.count + 1_000).dropFirst()
    let file = "\(path)/\(split.folder)/\(folder)/\(folder)_\(number).JPEG"
    do {
      let jpeg = try image(split, index: index, seed: seed).jpeg(quality: 95)
      // Not synced one by one: the whole folder is temporary until it is complete.
      try Data(jpeg).write(to: URL(fileURLWithPath: file))
      return nil
    } catch let failure as Failure {
      return failure
    } catch {
      return Failure(.inputOutput, "cannot write \(file)")
    }
  }
}
