import Datasets
import Foundation
import Support
import Testing

@Suite("Image folders") struct ImageFolderTests {
  @Test("Classes and files are sorted, hidden and other files passed over")
  func lists() throws {
    try withTemporaryFolder { path in
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
  }

  @Test("Names come from classes.csv, from Imagenette's list, or from the folder")
  func names() throws {
    try withTemporaryFolder { path in
      try writeSmallDataset(to: path)
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
  }

  @Test("What is wrong with a folder is said in one line")
  func reportsErrors() throws {
    try withTemporaryFolder { path in
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
  }

  @Test("Images that cannot be read are named")
  func reportsUnreadableImages() throws {
    try withTemporaryFolder { path in
      try writeSmallDataset(to: path)
      let folder = try ImageFolder(at: path)
      try Files.write("no image", to: "\(path)/train/cat/cat_3.JPEG")
      var failure = #expect(throws: Failure.self) { try folder.load(.training) }
      #expect(failure?.code == .corrupt)
      #expect(
        failure?.description.hasPrefix("\(path)/train/cat/cat_3.JPEG: cannot decode: ") == true)
      for index in 0..<5 { try Files.write("", to: "\(path)/train/ant/ant_\(index).JPEG") }
      failure = #expect(throws: Failure.self) { try folder.load(.training) }
      #expect(failure?.description.hasPrefix("6 of 10 images cannot be read: ") == true)
      #expect(failure?.description.contains("ant_0.JPEG: cannot decode: the file is empty") == true)
      #expect(failure?.description.hasSuffix("; ...") == true)
      #expect(try folder.load(.validation).count == 6)
    }
  }

  @Test("A limit takes the first of the shuffled training images and of the sorted validation ones")
  func limits() throws {
    try withTemporaryFolder { path in
      try writeSmallDataset(to: path)
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

      // Only what is needed is read.
      let kept = folder.samples(.training, limit: 3, isShuffled: true, seed: 4).map(\.path)
      for sample in all where !kept.contains(sample.path) {
        try Files.write("no image", to: "\(path)/\(sample.path)")
      }
      #expect(try folder.load(.training, limit: 3, isShuffled: true, seed: 4).count == 3)
    }
  }

  @Test("The fingerprint names paths and content, not places")
  func fingerprints() throws {
    try withTemporaryFolder { path in
      func fingerprint(_ place: String, limit: Int? = nil) throws -> String {
        let folder = try ImageFolder(at: place)
        return Dataset.fingerprint(of: [
          try folder.load(.training, limit: limit), try folder.load(.validation),
        ])
      }
      try writeSmallDataset(to: "\(path)/a")
      try writeSmallDataset(to: "\(path)/b")
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
  }

  @Test("Headers tell how much memory images need, before any is decoded")
  func imageBytes() throws {
    try withTemporaryFolder { path in
      try writeSmallDataset(to: path)
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
  }
}
