import Datasets
import Foundation
import Support
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Image folders", .temporaryFolder)
struct ImageFolderTests {
  private let path = TemporaryFolder.path

  @Test("An image folder sorts classes and files and ignores hidden and other files")
  func lists() throws {
    try writeSmallDataset(to: path, training: 2, validation: 1)
    try Files.write("", to: "\(path)/train/ant/.hidden.JPEG")
    try Files.write("", to: "\(path)/train/ant/notes.txt")
    try Files.write("", to: "\(path)/train/readme.txt")
    try FileManager.default.moveItem(
      atPath: "\(path)/train/cat/cat_1.JPEG", toPath: "\(path)/train/cat/Z.jpg")
    let folder = try ImageFolder(at: path)
    #expect(folder.classes.map(\.folder) == ["ant", "cat"])
    #expect(
      folder.samples(.training).map(\.path) == [
        "train/ant/ant_0.JPEG", "train/ant/ant_1.JPEG", "train/cat/Z.jpg", "train/cat/cat_0.JPEG",
      ])
    #expect(folder.samples(.training).map(\.label) == [0, 0, 1, 1])
    #expect(folder.samples(.validation).map(\.label) == [0, 1])
  }

  @Test("Class names come from classes.csv, Imagenette's list or the folder names")
  func names() throws {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    for split in Split.allCases {
      try FileManager.default.moveItem(
        atPath: "\(path)/\(split.folder)/cat", toPath: "\(path)/\(split.folder)/n03445777")
    }
    #expect(try ImageFolder(at: path).classes.map(\.name) == ["ant", "golf ball"])
    try Files.write("wnid,name\nant,\"ant, small\"\n", to: "\(path)/classes.csv")
    #expect(try ImageFolder(at: path).classes.map(\.name) == ["ant, small", "n03445777"])
    try Files.write("a,b\n", to: "\(path)/classes.csv")
    let failure = #expect(throws: Failure.self) { try ImageFolder(at: path) }
    #expect(failure?.code == .corrupt)
  }

  @Test(
    "A data folder's normalization.csv replaces Imagenette's statistics and changes the fingerprint"
  )
  func normalization() throws {
    try writeSmallDataset(to: path)
    let file = "\(path)/normalization.csv"
    func load() throws -> Dataset { try ImageFolder(at: path).load(.training) }
    let plain = try load()
    #expect(plain.normalization == Imagenette.normalization)
    try Files.write(Imagenette.normalization.table.text, to: file)
    #expect(try load().normalization == Imagenette.normalization)
    #expect(try Dataset.fingerprint(of: [load()]) == Dataset.fingerprint(of: [plain]))
    try Files.write(
      "channel,mean,standard_deviation\nblue,0.3,0.5\nred,-1,1\ngreen,0.2,0.25\n", to: file)
    let own = PixelNormalization(mean: [-1, 0.2, 0.3], standardDeviation: [1, 0.25, 0.5])
    #expect(try load().normalization == own)
    #expect(try Dataset.fingerprint(of: [load()]) != Dataset.fingerprint(of: [plain]))
    let batch = try #require(
      Array(
        Loader(
          try load(), transform: .validation(ValidationTransform(resize: 16, crop: 16)),
          batchSize: 1
        ).batches(epoch: 1)
      ).first)
    let image = plain.images[0]
    let pixels = image.warped(
      by: ValidationTransform(resize: 16, crop: 16).warp(of: image.size))
    #expect(batch.images.elements == own.tensor(of: pixels).elements)
  }

  @Test(
    "Unusable normalization statistics are rejected",
    arguments: [
      ("channel,mean\n", "expected the columns channel, mean, standard_deviation"),
      ("", "empty"), ("red,0,1\ngreen,0,1\n", "expected one row for each of red, green and blue"),
      ("red,0,1\ngreen,0,1\ngreen,0,1\n", "got red, green, green"),
      ("red,0,1\ngreen,0,0\nblue,0,1\n", "standard deviation above 0 of green, got '0'"),
      ("red,0,-1\ngreen,0,1\nblue,0,1\n", "above 0 of red, got '-1'"),
      ("red,0,1\ngreen,0,1\nblue,0,1e-60\n", "above 0 of blue, got '1e-60'"),
      ("red,nan,1\ngreen,0,1\nblue,0,1\n", "expected a finite mean of red, got 'nan'"),
      ("red,0,1\ngreen,1e39,1\nblue,0,1\n", "expected a finite mean of green, got '1e39'"),
      ("red,0,inf\ngreen,0,1\nblue,0,1\n", "of red, got 'inf'"),
    ])
  func badNormalization(rows: String, part: String) throws {
    try writeSmallDataset(to: path)
    let isHeader = rows.isEmpty || rows.hasPrefix("channel")
    try Files.write(
      (isHeader ? "" : "channel,mean,standard_deviation\n") + rows,
      to: "\(path)/normalization.csv")
    let failure = #expect(throws: Failure.self) { try ImageFolder(at: path) }
    #expect(failure?.code == .corrupt)
    #expect(failure?.description.hasPrefix("\(path)/normalization.csv: ") == true)
    #expect(failure?.description.contains(part) == true, "\(failure?.description ?? "")")
  }

  @Test("Every fault of an image folder is reported in one line with its exit code")
  func reportsErrors() throws {
    func expect(_ code: ExitCode, _ part: String, at place: String = "") {
      let failure = #expect(throws: Failure.self) { try ImageFolder(at: path + place) }
      #expect(failure?.code == code)
      #expect(failure?.description.contains(part) == true, "\(failure?.description ?? "")")
      #expect(failure?.description.contains("\n") == false)
    }
    expect(.missing, "no such folder", at: "/nowhere")
    try Files.write("", to: "\(path)/file")
    expect(.missing, "not a folder", at: "/file")
    expect(.missing, "no folder train/")
    try Files.createFolder("\(path)/train")
    expect(.missing, "no folder val/")
    try Files.createFolder("\(path)/val")
    expect(.corrupt, "no classes")
    try Files.createFolder("\(path)/train/ant")
    try Files.createFolder("\(path)/train/bee")
    expect(.corrupt, "in train/ but not in val/: ant, bee")
    try Files.createFolder("\(path)/val/ant")
    try Files.createFolder("\(path)/val/bee")
    try Files.createFolder("\(path)/val/cat")
    expect(.corrupt, "in val/ but not in train/: cat")
    try FileManager.default.removeItem(atPath: "\(path)/val/cat")
    expect(.corrupt, "train/ant: no images")
  }

  @Test("Loading names every image that cannot be decoded")
  func reportsUnreadableImages() throws {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    let folder = try ImageFolder(at: path)
    try Files.write("no image", to: "\(path)/train/cat/cat_3.JPEG")
    var failure = #expect(throws: Failure.self) { try folder.load(.training) }
    #expect(failure?.code == .corrupt)
    #expect(
      failure?.description.hasPrefix("\(path)/train/cat/cat_3.JPEG: cannot decode: ") == true)
    for index in 0..<5 { try Files.write("", to: "\(path)/train/ant/ant_\(index).JPEG") }
    failure = #expect(throws: Failure.self) { try folder.load(.training) }
    #expect(failure?.description.hasPrefix("6 of 10 images cannot be used: ") == true)
    for index in 0..<5 {
      #expect(
        failure?.description.contains("ant_\(index).JPEG: cannot decode: the file is empty")
          == true)
    }
    #expect(try folder.load(.validation).count == 6)
  }

  @Test("Loading lists bad images up to a limit and exits with 65 if any is damaged")
  func reportsManyBadImages() throws {
    try writeSmallDataset(to: path, training: 15, validation: 1)
    let folder = try ImageFolder(at: path)
    for index in 0..<15 {
      Files.remove("\(path)/train/ant/ant_\(index).JPEG")
    }
    var failure = #expect(throws: Failure.self) { try folder.load(.training) }
    #expect(failure?.code == .missing)
    for index in 0..<10 { try Files.write("x", to: "\(path)/train/cat/cat_\(index).JPEG") }
    failure = #expect(throws: Failure.self) { try folder.load(.training) }
    #expect(failure?.code == .corrupt)
    #expect(failure?.description.hasPrefix("25 of 30 images cannot be used: ") == true)
    #expect(failure?.description.components(separatedBy: "; ").count == 21)
    #expect(failure?.description.hasSuffix("; and 5 more") == true)
  }

  @Test("Skipping bad images gives the same data set as a folder without them")
  func leavesOutBadImages() throws {
    for place in ["a", "b"] {
      try writeSmallDataset(to: "\(path)/\(place)", training: 5, validation: 3)
    }
    let bad = ["train/ant/ant_1.JPEG", "train/cat/cat_0.JPEG", "val/cat/cat_2.JPEG"]
    for file in bad {
      try Files.write("no image", to: "\(path)/a/\(file)")
      Files.remove("\(path)/b/\(file)")
    }
    let long = try Files.read("\(Fixtures.pixels)/65500x1.jpeg")
    try Files.write(long, to: "\(path)/a/train/ant/long.JPEG")
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/a/val/ant/nowhere.JPEG", withDestinationPath: "\(path)/nowhere")
    let (folder, failures) = try ImageFolder(at: "\(path)/a").withoutBadImages(shortSide: 256)
    #expect(
      failures.map { $0.description.split(separator: ":")[0].split(separator: "/").last }
        == ["ant_1.JPEG", "long.JPEG", "cat_0.JPEG", "nowhere.JPEG", "cat_2.JPEG"])
    let clean = try ImageFolder(at: "\(path)/b")
    for limit in [nil, 4] {
      func fingerprint(_ folder: ImageFolder) throws -> String {
        Dataset.fingerprint(of: [
          try folder.load(.training, limit: limit, isShuffled: true, seed: 4),
          try folder.load(.validation, limit: limit),
        ])
      }
      #expect(try fingerprint(folder) == fingerprint(clean))
    }
  }

  @Test("Skipping bad images reports a class that becomes empty")
  func leavesOutWholeClasses() throws {
    try writeSmallDataset(to: path, training: 5, validation: 1)
    try Files.write("", to: "\(path)/val/cat/cat_0.JPEG")
    let failure = #expect(throws: Failure.self) { try ImageFolder(at: path).withoutBadImages() }
    #expect(failure?.code == .corrupt)
    #expect(
      failure?.description.hasSuffix("val/cat: no images; expected files named *.JPEG") == true)
  }

  @Test("Image folders follow symbolic links and report dangling and circular ones")
  func followsLinks() throws {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    func link(_ name: String, to target: String) throws {
      try FileManager.default.createSymbolicLink(
        atPath: "\(path)/\(name)", withDestinationPath: target)
    }
    try link("train/ant/link.JPEG", to: "ant_0.JPEG")
    try link("train/ant/up", to: "..")
    #expect(try ImageFolder(at: path).load(.training).count == 11)
    try link("train/cat/circle.JPEG", to: "circle.JPEG")
    try link("train/cat/nowhere.JPEG", to: "/nowhere/x.JPEG")
    try Files.createFolder("\(path)/train/cat/folder.JPEG")
    let failure = #expect(throws: Failure.self) { try ImageFolder(at: path).load(.training) }
    #expect(failure?.code == .missing)
    for part in [
      "cat/circle.JPEG: too many levels of symbolic links",
      "cat/nowhere.JPEG: no such file or directory", "cat/folder.JPEG: is a directory",
    ] { #expect(failure?.description.contains(part) == true) }
    try link("circle", to: "circle")
    #expect(throws: Failure.self) { try ImageFolder(at: "\(path)/circle") }
  }

  @Test(
    "Image folders work with one class or a thousand and list class mismatches up to a limit")
  func takesAnyNumberOfClasses() throws {
    let image = try Files.read("\(Fixtures.pixels)/16x16.jpeg")
    func add(_ split: Split, _ label: Int) throws {
      try Files.createFolder("\(path)/\(split.folder)/class \(1000 + label)")
      #expect(
        FileManager.default.createFile(
          atPath: "\(path)/\(split.folder)/class \(1000 + label)/x.JPEG", contents: Data(image)))
    }
    for split in Split.allCases { try add(split, 0) }
    #expect(try ImageFolder(at: path).load(.training).classes.count == 1)
    for label in 1..<1000 { try add(.training, label) }
    let failure = #expect(throws: Failure.self) { try ImageFolder(at: path) }
    #expect(failure?.code == .corrupt)
    #expect(
      failure?.description.hasPrefix(
        "\(path): in train/ but not in val/: class 1001, class 1002,") == true)
    #expect(failure?.description.hasSuffix("class 1020, and 979 more") == true)
    for label in 1..<1000 { try add(.validation, label) }
    let samples = try ImageFolder(at: path).samples(.validation)
    #expect(samples.map(\.label) == Array(0..<1000))
  }

  @Test(
    "An unreadable folder is reported as one without permission",
    .enabled(if: getuid() != 0, "root may read every folder"))
  func reportsUnreadableFolders() throws {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    chmod("\(path)/train/ant", 0)
    let failure = #expect(throws: Failure.self) { try ImageFolder(at: path) }
    chmod("\(path)/train/ant", 0o755)
    #expect(failure == Failure(.missing, "\(path)/train/ant: cannot list the folder"))
  }

  @Test("Any valid file name works as a class or image name and survives a CSV round trip")
  func takesOddNames() throws {
    let names = ["a b", "c,d", "e\"f\"", "g\nh", "ï 犬", "i'j", "k|l`m", "  n", "-o", "*"]
    let image = try Files.read("\(Fixtures.pixels)/16x16.jpeg")
    for split in Split.allCases {
      for name in names {
        try Files.createFolder("\(path)/\(split.folder)/\(name)")
        try Files.write(image, to: "\(path)/\(split.folder)/\(name)/\(name).JPEG")
      }
    }
    let samples = try ImageFolder(at: path).load(.validation).samples
    #expect(Set(samples.map(\.path)) == Set(names.map { "val/\($0)/\($0).JPEG" }))
    let table = Table(
      columns: ["path", "label"], rows: samples.map { [$0.path, "\($0.label)"] })
    #expect(try Table(parsing: table.text, name: "x.csv") == table)
  }

  @Test("A limit takes the first shuffled training images and the first sorted validation images")
  func limits() throws {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    let folder = try ImageFolder(at: path)
    let all = folder.samples(.training)
    let order = shuffledIndices(count: 10, seed: 4, epoch: 0)
    for limit in [1, 4, 9] {
      let samples = folder.samples(.training, limit: limit, isShuffled: true, seed: 4)
      #expect(samples == order.prefix(limit).sorted().map { all[$0] })
      #expect(
        folder.samples(.validation, limit: min(limit, 6))
          == Array(folder.samples(.validation).prefix(limit)))
    }
    #expect(folder.samples(.training, limit: 100, isShuffled: true, seed: 4) == all)
    #expect(folder.samples(.training, limit: nil, isShuffled: true, seed: 4) == all)

    // Only the needed images are read.
    let kept = folder.samples(.training, limit: 3, isShuffled: true, seed: 4).map(\.path)
    for sample in all where !kept.contains(sample.path) {
      try Files.write("no image", to: "\(path)/\(sample.path)")
    }
    #expect(try folder.load(.training, limit: 3, isShuffled: true, seed: 4).count == 3)
  }

  @Test("A data set's fingerprint covers relative paths and contents, not its location")
  func fingerprints() throws {
    func fingerprint(_ place: String, limit: Int? = nil) throws -> String {
      let folder = try ImageFolder(at: place)
      return Dataset.fingerprint(of: [
        try folder.load(.training, limit: limit), try folder.load(.validation),
      ])
    }
    try writeSmallDataset(to: "\(path)/a", training: 5, validation: 3)
    try writeSmallDataset(to: "\(path)/b", training: 5, validation: 3)
    let first = try fingerprint("\(path)/a")
    #expect(try fingerprint("\(path)/b") == first)
    #expect(try fingerprint("\(path)/a", limit: 9) != first)
    let (from, to) = ("\(path)/b/val/ant/ant_0.JPEG", "\(path)/b/val/ant/ant_00.JPEG")
    try FileManager.default.moveItem(atPath: from, toPath: to)
    #expect(try fingerprint("\(path)/b") != first)
    try FileManager.default.moveItem(atPath: to, toPath: from)
    #expect(try fingerprint("\(path)/b") == first)
    try Files.write(try Files.read(from) + [0], to: from)
    #expect(try fingerprint("\(path)/b") != first)
  }

  @Test("The memory of a folder's images is computed from their headers")
  func imageBytes() throws {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    let folder = try ImageFolder(at: path)
    for split in Split.allCases {
      let images = try folder.load(split).images
      #expect(folder.imageBytes(split) == images.reduce(0) { $0 + $1.pixels.count })
    }
    let limited = try folder.load(.training, limit: 3, isShuffled: true, seed: 1)
    #expect(
      folder.imageBytes(.training, limit: 3, isShuffled: true, seed: 1)
        == limited.images.reduce(0) { $0 + $1.pixels.count })
    let whole = folder.imageBytes(.validation)
    try Files.write("no image", to: "\(path)/val/ant/ant_0.JPEG")
    #expect((1..<whole).contains(folder.imageBytes(.validation)))
  }

  @Test(
    "A named pipe among the images is reported instead of blocking the reader",
    .timeLimit(.minutes(1)))
  func pipe() throws {
    try writeSmallDataset(to: path, training: 5, validation: 3)
    let file = "\(path)/val/ant/ant_0.JPEG"
    let folder = try ImageFolder(at: path)
    Files.remove(file)
    #expect(mkfifo(file, 0o600) == 0)
    #expect(folder.imageBytes(.validation) > 0)
    let failure = #expect(throws: Failure.self) { try folder.load(.validation) }
    #expect(failure?.description.contains("\(file): not a file") == true)
  }
}
