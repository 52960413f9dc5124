import Datasets
import Support
import Testing

@Suite("Images and JPEG files") struct ImageTests {
  @Test("Every kind of JPEG file decodes to Pillow's bytes")
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

  @Test("What Pillow rejects is rejected with the file's name and a reason")
  func rejectsLikePillow() throws {
    for row in try Fixtures.table("rejected.csv").rows {
      let path = "\(Fixtures.folder)/\(row[0])"
      let failure = #expect(throws: Failure.self, "\(row[0])") { try Image(contentsOf: path) }
      #expect(failure?.code == .corrupt)
      let prefix = "\(path): cannot decode: "
      #expect(failure?.description.hasPrefix(prefix) == true)
      #expect((failure?.description.count ?? 0) > prefix.count + 5)
    }
  }

  @Test("Every shortened file is an error or an image, never an end of the process")
  func survivesTruncation() throws {
    for name in ["420.jpeg", "progressive.jpeg", "cmyk.jpeg", "restarts.jpeg"] {
      let whole = try Files.read("\(Fixtures.folder)/\(name)")
      for count in 0..<whole.count - 2 {
        #expect(throws: Failure.self, "\(name), \(count) bytes") {
          try Image(jpeg: Array(whole[..<count]), path: name)
        }
      }
    }
  }

  @Test("Damaged bytes anywhere are an error or an image, never an end of the process")
  func survivesDamage() throws {
    var stream = RandomStream(seed: 1, purpose: .demoImages)
    for name in ["420.jpeg", "progressive.jpeg", "cmyk.jpeg", "1x23.jpeg"] {
      let whole = try Files.read("\(Fixtures.folder)/\(name)")
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

  @Test("A file that declares more pixels than the limit is refused before memory is taken")
  func refusesHugeSizes() throws {
    let failure = #expect(throws: Failure.self) { try Fixtures.image("huge.jpeg") }
    #expect(failure?.description.hasSuffix("cannot decode: more than 178956970 pixels") == true)
  }

  @Test("A file of more scans than the limit is refused")
  func refusesManyScans() throws {
    let file = try Files.read("\(Fixtures.folder)/progressive.jpeg")
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

  @Test("A missing file is reported as missing")
  func reportsMissingFiles() {
    let failure = #expect(throws: Failure.self) { try Image(contentsOf: "/nowhere/x.jpeg") }
    #expect(failure?.code == .missing)
  }

  @Test("An encoded image decodes to nearly the same", arguments: [(1, 1), (1, 9), (64, 48)])
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

  @Test("An image too large for the format is an error")
  func refusesToEncodeHugeImages() {
    let size = ImageSize(width: 65_536, height: 1)
    let image = Image(size: size, pixels: [UInt8](repeating: 0, count: 3 * 65_536))
    #expect(throws: Failure.self) { try image.jpeg(quality: 90) }
  }

  @Test("A PPM file is a header and the pixels")
  func writesPPM() {
    let image = Image(size: ImageSize(width: 2, height: 1), pixels: [1, 2, 3, 4, 5, 6])
    #expect(image.ppm == Array("P6\n2 1\n255\n".utf8) + [1, 2, 3, 4, 5, 6])
  }
}
