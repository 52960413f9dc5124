import Datasets
import Support
import TestSupport
import Testing

@Suite("Images")
struct ImageTests {
  @Test("Every kind of JPEG file decodes to the same bytes as in Pillow")
  func decodesLikePillow() throws {
    for row in try Fixtures.table("decoded.csv").rows {
      let image = try Fixtures.image(row[0])
      #expect("\(image.width),\(image.height)" == "\(row[1]),\(row[2])", "\(row[0])")
      #expect(image.sha256 == row[3], "\(row[0])")
      if !row[4].isEmpty {
        let hex = image.pixels.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(hex == row[4], "\(row[0])")
      }
    }
  }

  @Test("Files that Pillow rejects are rejected with their name and a reason")
  func rejectsLikePillow() throws {
    for row in try Fixtures.table("rejected.csv").rows {
      let path = "\(Fixtures.pixels)/\(row[0])"
      let failure = #expect(throws: Failure.self, "\(row[0])") { try Image(contentsOf: path) }
      #expect(failure?.code == .corrupt)
      let prefix = "\(path): cannot decode: "
      #expect(failure?.description.hasPrefix(prefix) == true)
      #expect((failure?.description.count ?? 0) > prefix.count + 5)
    }
  }

  @Test("A truncated JPEG file gives an image or an error, never a crash")
  func survivesTruncation() throws {
    for name in ["420.jpeg", "progressive.jpeg", "cmyk.jpeg", "restarts.jpeg"] {
      let whole = try Files.read("\(Fixtures.pixels)/\(name)")
      for count in 0..<whole.count - 2 {
        #expect(throws: Failure.self, "\(name), \(count) bytes") {
          try Image(jpeg: Array(whole[..<count]), path: name)
        }
      }
    }
  }

  @Test("A JPEG file with damaged bytes gives an image or an error, never a crash")
  func survivesDamage() throws {
    var stream = RandomStream(seed: 1, purpose: .demoImages)
    for name in ["420.jpeg", "progressive.jpeg", "cmyk.jpeg", "1x23.jpeg"] {
      let whole = try Files.read("\(Fixtures.pixels)/\(name)")
      for _ in 0..<500 {
        var file = whole
        for _ in 0..<3 {
          file[stream.index(below: file.count)] = UInt8(stream.index(below: 256))
        }
        do {
          let image = try Image(jpeg: file, path: name)
          #expect(image.pixels.count == image.width * image.height * 3)
        } catch is Failure {
          continue
        }
      }
    }
  }

  @Test("A thousand damaged files decode or fail exactly as in Pillow")
  func decodesDamagedFilesLikePillow() throws {
    let path = "\(Fixtures.pixels)/../damage/mutations.csv"
    let table = try Table(parsing: try Files.readText(path), name: "mutations.csv")
    #expect(table.rows.count == 1000)
    for row in table.rows {
      let mutation = try Mutation(number: try Fixtures.integer(row[0]))
      #expect(mutation.name == row[1])
      var outcome = ["", "", "rejected"]
      do {
        let image = try Image(jpeg: mutation.file, path: mutation.name)
        outcome = ["\(image.width)", "\(image.height)", String(image.sha256.prefix(16))]
      } catch let failure as Failure {
        #expect(failure.code == .corrupt)
      }
      #expect(outcome == Array(row[2...]), "mutation \(row[0])")
    }
  }

  @Test(
    "The error for a file in another format names that format",
    arguments: [
      ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "a PNG file, expected JPEG"),
      (Array("GIF89a".utf8), "a GIF file, expected JPEG"),
      (Array("RIFF....WEBP".utf8), "a WebP or another RIFF file, expected JPEG"),
      (Array("<html>".utf8), "not a JPEG file"), ([0xFF, 0xD8], "not a JPEG file"),
    ])
  func namesOtherFormats(file: [UInt8], reason: String) {
    #expect(throws: Failure(.corrupt, "x.JPEG: cannot decode: \(reason)")) {
      try Image(jpeg: file, path: "x.JPEG")
    }
  }

  @Test("A small file that declares millions of pixels is rejected before memory is allocated")
  func refusesImplausibleSizes() throws {
    for name in ["420.jpeg", "progressive.jpeg", "arithmetic.jpeg"] {
      var file = try Files.read("\(Fixtures.pixels)/\(name)")
      let frame = try #require(
        file.indices.first { file[$0] == 0xFF && [0xC0, 0xC2, 0xC9].contains(file[$0 + 1]) })
      // 13,000 by 13,000 pixels.
      file.replaceSubrange(frame + 5..<frame + 9, with: [0x32, 0xC8, 0x32, 0xC8])
      let failure = #expect(throws: Failure.self) { try Image(jpeg: file, path: name) }
      #expect(
        failure?.description
          == "\(name): cannot decode: the file is too small for its width and height")
    }
  }

  @Test("An image whose resized form would exhaust memory is rejected by name")
  func refusesToResizeLongImages() throws {
    let image = try Fixtures.image("65500x1.jpeg")
    #expect(
      throws: Failure(
        .corrupt,
        "x: 65500x1 pixels are 16768000x256 with the short side resized to 256, more than 178956970 in all"
      )
    ) {
      try image.requireResizable(shortSide: 256, path: "x")
    }
    try image.requireResizable(shortSide: 50, path: "x")
  }

  @Test("A file that declares more pixels than the limit is rejected before memory is allocated")
  func refusesHugeSizes() throws {
    let failure = #expect(throws: Failure.self) { try Fixtures.image("huge.jpeg") }
    #expect(failure?.description.hasSuffix("cannot decode: more than 178956970 pixels") == true)
  }

  @Test("A progressive JPEG with more scans than the limit is rejected")
  func refusesManyScans() throws {
    let file = try Files.read("\(Fixtures.pixels)/progressive.jpeg")
    let end = file.count - 2
    // The last scan again and again: it refines one bit, which a decoder takes any number of times.
    let marker = try #require(
      (0..<end - 1).last { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
    let scan = file[marker..<end]
    var bomb = Array(file[..<end])
    for _ in 0..<300 { bomb += scan }
    bomb += [0xFF, 0xD9]
    let failure = #expect(throws: Failure.self) { try Image(jpeg: bomb, path: "bomb.jpeg") }
    #expect(failure?.description == "bomb.jpeg: cannot decode: more than 200 scans")
  }

  @Test("A missing image file fails with exit code 66")
  func reportsMissingFiles() {
    let failure = #expect(throws: Failure.self) { try Image(contentsOf: "/nowhere/x.jpeg") }
    #expect(failure?.code == .missing)
  }

  @Test(
    "Encoding and decoding an image as JPEG changes its pixels only slightly",
    arguments: [(1, 1), (1, 9), (64, 48)])
  func encodes(width: Int, height: Int) throws {
    let pixels = (0..<height).flatMap { y in
      (0..<width).flatMap { x in [UInt8(100 + x), UInt8(90 + y), UInt8(120)] }
    }
    let image = Image(size: ImageSize(width: width, height: height), pixels: pixels)
    let decoded = try Image(jpeg: try image.jpeg(quality: 95), path: "")
    #expect(decoded.size == image.size)
    let differences = zip(decoded.pixels, pixels).map { abs(Int($0) - Int($1)) }
    #expect((differences.max() ?? 0) <= 8)
  }

  @Test("Encoding an image too large for JPEG fails")
  func refusesToEncodeHugeImages() {
    let size = ImageSize(width: 65_536, height: 1)
    let image = Image(size: size, pixels: [UInt8](repeating: 0, count: 3 * 65_536))
    #expect(throws: Failure.self) { try image.jpeg(quality: 90) }
  }

  @Test("A PPM file consists of a header and the pixels")
  func writesPPM() {
    let image = Image(size: ImageSize(width: 2, height: 1), pixels: [1, 2, 3, 4, 5, 6])
    #expect(image.ppm == Array("P6\n2 1\n255\n".utf8) + [1, 2, 3, 4, 5, 6])
  }
}
