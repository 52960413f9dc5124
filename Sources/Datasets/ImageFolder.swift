import Foundation
import Support
import Synchronization

/// A folder of images in Imagenette's layout, `train/<class>/*.JPEG` and `val/<class>/*.JPEG`.
///
/// Labels and order are those of torchvision's `ImageFolder`: classes sorted by folder name, files
/// sorted within their class. Files end in `.jpeg` or `.jpg`, upper or lower case; hidden files and
/// folders are skipped.
///
/// Two optional files describe the images:
///
/// - `classes.csv`, columns `wnid` and `name`: the name of each class, by folder. A class without a
///   row is named after its folder. Without the file, Imagenette's classes have their usual names.
/// - `normalization.csv`, columns `channel`, `mean` and `standard_deviation`, one row each for `red`,
///   `green` and `blue`, in fractions of 255: the statistics that pixels are normalized with. Without
///   the file they are Imagenette's.
package struct ImageFolder: Sendable {
  /// The data set's folder.
  package let path: String
  /// The classes; a label is an index into them.
  package let classes: [ImageClass]
  /// The statistics that pixels are normalized with.
  package var normalization: PixelNormalization
  private var samples: [Split: [Sample]]

  /// Lists the images of a folder without reading them.
  ///
  /// - Throws: `Failure` with code 66 if the folder or one of its splits is missing, 65 if the splits
  ///   have different classes, a class has no images, or `classes.csv` or `normalization.csv` is
  ///   damaged.
  package init(at path: String) throws {
    guard Files.isFolder(path) else {
      throw Failure(
        .missing,
        Files.exists(path)
          ? "\(path): not a folder; expected one with train/ and val/"
          : "\(path): no such folder; `make data` downloads Imagenette")
    }
    var folders: [Split: [String]] = [:]
    for split in Split.allCases {
      let folder = "\(path)/\(split.folder)"
      guard Files.isFolder(folder) else {
        throw Failure(
          .missing, "\(path): no folder \(split.folder)/ in it; expected \(Self.layout)")
      }
      folders[split] = try Self.list(folder).filter { Files.isFolder("\(folder)/\($0)") }
    }
    let names = folders[.training, default: []]
    try Self.compare(names, folders[.validation, default: []], path)

    var samples: [Split: [Sample]] = [:]
    for split in Split.allCases {
      samples[split] = try names.enumerated().flatMap { label, name in
        let folder = "\(split.folder)/\(name)"
        return try Self.list("\(path)/\(folder)").filter(Self.isImage)
          .map { Sample(path: "\(folder)/\($0)", label: label) }
      }
    }
    let known = try Self.classNames(in: path)
    self.path = path
    self.classes = names.map { ImageClass(folder: $0, name: known[$0] ?? $0) }
    self.samples = samples
    normalization = try Self.normalization(in: path)
    try requireImages()
  }

  /// Checks that every class has images in both splits.
  private func requireImages() throws {
    for split in Split.allCases {
      let found = Set(samples(split).map(\.label))
      if let label = classes.indices.first(where: { !found.contains($0) }) {
        throw Failure(
          .corrupt,
          "\(path)/\(split.folder)/\(classes[label].folder): no images; expected files named *.JPEG"
        )
      }
    }
  }

  /// The images of a split in order.
  package func samples(_ split: Split) -> [Sample] {
    samples[split, default: []]
  }

  /// The images that a run with a limit uses, in order: the first `limit` images of the list, or of the
  /// list shuffled by the seed.
  package func samples(
    _ split: Split, limit: Int?, isShuffled: Bool = false, seed: UInt64 = 0
  ) -> [Sample] {
    let all = samples(split)
    guard let limit, limit < all.count else { return all }
    guard isShuffled else { return Array(all.prefix(limit)) }
    return shuffledIndices(count: all.count, seed: seed, epoch: 0).prefix(limit).sorted()
      .map { all[$0] }
  }

  /// Decodes the images of a split into memory, on all threads.
  ///
  /// - Parameters:
  ///   - split: The split.
  ///   - limit: The number of images; `nil` for all.
  ///   - isShuffled: Whether a limit applies to the shuffled list instead of the sorted one.
  ///   - seed: The seed of the run.
  ///   - shortSide: The largest short side in pixels that the images will be resized to.
  /// - Returns: The images with their labels.
  /// - Throws: `Failure` that names the files that cannot be used, mostly with code 65.
  package func load(
    _ split: Split, limit: Int? = nil, isShuffled: Bool = false, seed: UInt64 = 0,
    shortSide: Int? = nil
  ) throws -> Dataset {
    precondition(limit.map { $0 > 0 } ?? true, "at least one image")
    return try Dataset(
      classes: classes, normalization: normalization,
      samples: samples(split, limit: limit, isShuffled: isShuffled, seed: seed), folder: path,
      shortSide: shortSide)
  }

  /// The folder without the images that cannot be used, which all images are decoded to find out.
  ///
  /// - Parameter shortSide: The largest short side in pixels that the images will be resized to.
  /// - Returns: The folder without them, and one failure per image.
  /// - Throws: `Failure` with code 65 if a class has no other images, 74 if reading fails.
  package func withoutBadImages(
    shortSide: Int? = nil
  ) throws -> (folder: ImageFolder, failures: [Failure]) {
    var folder = self
    var failures: [Failure] = []
    for split in Split.allCases {
      let all = samples(split)
      let bad = try Dataset.failures(of: all, folder: path, shortSide: shortSide)
      folder.samples[split] = all.indices.filter { bad[$0] == nil }.map { all[$0] }
      failures += bad.sorted { $0.key < $1.key }.map(\.value)
    }
    try folder.requireImages()
    return (folder, failures)
  }

  /// The bytes of memory that `load` needs for its images, from the headers of their files; files that
  /// cannot be read do not count.
  package func imageBytes(
    _ split: Split, limit: Int? = nil, isShuffled: Bool = false, seed: UInt64 = 0
  ) -> Int {
    let samples = samples(split, limit: limit, isShuffled: isShuffled, seed: seed)
    let bytes = Atomic(0)
    Parallel.forEach(samples.count) { index in
      let file = "\(path)/\(samples[index].path)"
      // Reading a pipe would block until someone writes to it.
      guard !Files.isPipeOrDevice(file), let size = try? Image.size(ofFileAt: file) else { return }
      bytes.wrappingAdd(size.width * size.height * 3, ordering: .relaxed)
    }
    return bytes.load(ordering: .relaxed)
  }

  private static let layout = "train/<class>/*.JPEG and val/<class>/*.JPEG"

  /// The visible names in a folder, sorted by their bytes.
  private static func list(_ folder: String) throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw Failure(.missing, "\(folder): cannot list the folder")
    }
  }

  private static func isImage(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.hasSuffix(".jpeg") || name.hasSuffix(".jpg")
  }

  private static func compare(_ training: [String], _ validation: [String], _ path: String) throws {
    if training.isEmpty, validation.isEmpty {
      throw Failure(.corrupt, "\(path): no classes in train/; expected \(layout)")
    }
    for (these, those, here, there) in [
      (training, validation, "train/", "val/"), (validation, training, "val/", "train/"),
    ] {
      let missing = these.filter { !those.contains($0) }
      if !missing.isEmpty {
        throw Failure(
          .corrupt,
          "\(path): in \(here) but not in \(there): \(missing.listed(limit: 20))")
      }
    }
  }

  /// The names of classes by folder.
  private static func classNames(in path: String) throws -> [String: String] {
    let file = "\(path)/classes.csv"
    guard Files.exists(file) else {
      return Dictionary(uniqueKeysWithValues: Imagenette.classes.map { ($0.folder, $0.name) })
    }
    let table = try Table(parsing: try Files.readText(file), name: file)
    guard let folders = table["wnid"], let names = table["name"] else {
      throw Failure(.corrupt, "\(file): expected the columns wnid and name")
    }
    return Dictionary(zip(folders, names)) { first, _ in first }
  }

  private static func normalization(in path: String) throws -> PixelNormalization {
    let file = "\(path)/normalization.csv"
    guard Files.exists(file) else { return Imagenette.normalization }
    return try PixelNormalization(
      table: try Table(parsing: try Files.readText(file), name: file), path: file)
  }
}

/// One of the two parts of a data set.
package enum Split: String, CaseIterable, Sendable {
  case training = "train"
  case validation = "val"

  /// The name of its folder.
  package var folder: String { rawValue }
}
