import Foundation
import Models
import Support
import TestSupport
import Testing

/// A file with the given header and `size` bytes of data.
private func file(_ header: [UInt8], data size: Int) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
    + (0..<size).map { UInt8(truncatingIfNeeded: $0) }
}

private func file(_ header: String, data size: Int = 8) -> [UInt8] {
  file(Array(header.utf8), data: size)
}

/// A header's member for a tensor.
private func tensor(
  _ name: String, _ type: String = "F32", _ shape: String = "[2]", _ offsets: String = "[0,8]"
) -> String {
  "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}

/// A file that violates the format.
struct Malformed: CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  /// A part of the expected message.
  let message: String

  var testDescription: String { name }

  init(_ name: String, _ bytes: [UInt8], _ message: String) {
    self.name = name
    self.bytes = bytes
    self.message = message
  }

  init(_ name: String, _ header: String, data: Int = 8, _ message: String) {
    self.init(name, file(header, data: data), message)
  }
}

@Suite("SafeTensors")
struct SafeTensorsTests {
  private static let sample = SafeTensors(
    tensors: [
      "weight": .init([1.5, -0.0, .infinity, .nan, 0x1p-149, 3] as [Float], shape: [2, 3]),
      "scalar": .init([0.25] as [Float], shape: []),
      "empty": .init([] as [Float], shape: [4, 0, 2]),
      "steps": .init([Int64.min, 7], shape: [2]),
      "loss": .init([0.1] as [Double], shape: [1]),
    ],
    metadata: ["epoch": "3", "a \"name\"\n": "é"])

  @Test("Encoding and parsing a safetensors file preserves tensors and metadata")
  func roundTrip() throws {
    let read = try SafeTensors(parsing: Self.sample.encoded(), name: "file")
    #expect(read == Self.sample)
    #expect(read.tensors["steps"]?.elements() == [Int64.min, 7])
    #expect(read.tensors["scalar"]?.shape == [])
    #expect(read.tensors["empty"]?.elements(as: Float.self) == [])
    let weight = try #require(read.tensors["weight"])
    #expect(weight.elements(as: Float.self)[3].isNaN)
    #expect(!weight.isFinite)
    #expect(read.tensors["loss"]?.isFinite == true)
  }

  @Test("A safetensors file written to disk reads back equal", .temporaryFolder)
  func fileOnDisk() throws {
    let path = "\(TemporaryFolder.path)/model.safetensors"
    try Self.sample.write(to: path)
    #expect(try SafeTensors(contentsOf: path) == Self.sample)
  }

  @Test("A missing safetensors file fails with exit code 66")
  func missingFile() {
    #expect { try SafeTensors(contentsOf: "/nowhere/model.safetensors") } throws: { error in
      (error as? Failure)?.code == .missing
    }
  }

  @Test("Encoded safetensors files have the same bytes as those of the Python package")
  func pythonBytes() throws {
    let bytes = try Files.read(Fixtures.path("format/python.safetensors"))
    let file = try SafeTensors(parsing: bytes, name: "python")
    #expect(file.tensors.count == 11)
    #expect(file.tensors["count"]?.elements() == [-1, Int64(1) << 40])
    #expect(file.tensors["conv1.bias"]?.elements() == [Float(0.1)])
    #expect(file.encoded() == bytes)
  }

  @Test("A safetensors header sorts metadata by name and tensors by type, then name")
  func order() {
    let file = SafeTensors(
      tensors: [
        "b": .init([2] as [Float], shape: [1]), "a": .init([1] as [Float], shape: [1]),
        "z": .init([3] as [Int64], shape: [1]),
      ], metadata: ["two": "2", "one": "1"])
    let header =
      #"{"__metadata__":{"one":"1","two":"2"},"z":{"dtype":"I64","shape":[1],"#
      + #""data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"#
      + #""b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#
    let text = String(decoding: file.encoded().dropFirst(8), as: UTF8.self)
    #expect(text.hasPrefix(header))
    #expect(file.encoded().count % 8 == 0)
  }

  @Test("A safetensors file without tensors is valid")
  func nothing() throws {
    let bytes = SafeTensors().encoded()
    #expect(bytes == [8, 0, 0, 0, 0, 0, 0, 0] + Array("{}      ".utf8))
    #expect(try SafeTensors(parsing: bytes, name: "file") == SafeTensors())
  }

  @Test(
    "Unusual but valid safetensors files are read",
    arguments: [
      "\n\t {\(tensor("a"))}", "{\(tensor("a"))} \r\n ",
      "{\(tensor("b", "F32", "[0]", "[8,8]")),\(tensor("a")),\(tensor("c", "F32", "[0]", "[0,0]"))}",
      "{\(tensor("second", "F32", "[1]", "[4,8]")),\(tensor("a", "F32", "[]", "[0,4]"))}",
      "{\(tensor("a", "F4", "[16]"))}",
      "{\(tensor("a", "F6_E2M3", "[4]", "[0,3]")),"
        + "\(tensor("rest", "U8", "[5]", "[3,8]"))}",
      "{\"__metadata__\":null,\(tensor("a"))}",
      "{\"__metadata__\":{},\(tensor("a"))}",
      "{\"\\u0061\":{\"shape\":[2],\"more\":[{\"x\":-1.5e+3}],\"data_offsets\":[0,8],"
        + "\"dtype\":\"F32\"}}",
      "{\(tensor("a", "BOOL", "[2,1,4]"))}",
    ])
  func legal(header: String) throws {
    let file = try SafeTensors(parsing: file(header), name: "file")
    #expect(file.tensors["a"]?.bytes.first == 0)
  }

  @Test("Escapes in tensor names are decoded, including surrogate pairs")
  func escapes() throws {
    let header = "{\(tensor(#"\"\\\/\b\f\n\r\t\u00e9\ud83d\udc15"#))}"
    let file = try SafeTensors(parsing: file(header), name: "file")
    #expect(file.tensors.keys.first == "\"\\/\u{8}\u{C}\n\r\té🐕")
  }

  @Test(
    "A malformed safetensors file fails with exit code 65 and one line that says why",
    arguments: [
      Malformed("empty file", [], "header length of 8 bytes, the file has 0"),
      Malformed("seven bytes", [UInt8](repeating: 0, count: 7), "the file has 7"),
      Malformed("no header", [UInt8](repeating: 0, count: 8), "expected a value at byte 0"),
      Malformed(
        "header too large", [1, 0xE1, 0xF5, 0x05, 0, 0, 0, 0], "100000001, expected at most"),
      Malformed(
        "length overflows", [UInt8](repeating: 0xFF, count: 16), "18446744073709551615, expected"),
      Malformed(
        "header cut short", [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "3 bytes, the file ends"),
      Malformed("not UTF-8", file([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D], data: 0), "UTF-8"),
      Malformed("overlong UTF-8", file([0x7B, 0x22, 0xC0, 0x80, 0x22], data: 0), "UTF-8"),
      Malformed("not JSON", "tensor", "not valid JSON: expected a value at byte 0"),
      Malformed("array", "[]", "not a JSON object"),
      Malformed("number", "12", "not a JSON object"),
      Malformed("text behind the object", "{\(tensor("a"))}x", "expected the end of the text"),
      Malformed("zeros behind the object", "{\(tensor("a"))}\0\0", "expected the end of the text"),
      Malformed("unclosed object", "{\(tensor("a"))", "the text ends, expected ',' or '}'"),
      Malformed("trailing comma", "{\(tensor("a")),}", "expected a name in quotes"),
      Malformed("nested too deep", String(repeating: "[", count: 9999), "nested too deep"),
      Malformed("half a surrogate pair", #"{"\ud83d":1}"#, "half a surrogate pair"),
      Malformed("line feed in a name", "{\"\n\":1}", "control character"),
      Malformed("unknown escape", #"{"\x":1}"#, "unknown escape"),
      Malformed("leading zero", "{\(tensor("a", "F32", "[02]"))}", "expected ',' or ']'"),
      Malformed("duplicate tensor", "{\(tensor("a")),\(tensor("a"))}", "duplicate name \"a\""),
      Malformed(
        "duplicate by escape", "{\(tensor("a")),\(tensor(#"\u0061"#))}", "duplicate name \"a\""),
      Malformed(
        "duplicate field", #"{"a":{"dtype":"F32","dtype":"F32"}}"#, "duplicate name \"dtype\""),
      Malformed(
        "duplicate metadata", #"{"__metadata__":{"k":"1","k":"2"}}"#, "duplicate name \"k\""),
      Malformed(
        "metadata not strings", #"{"__metadata__":{"k":1}}"#, "__metadata__: \"k\": expected a str"),
      Malformed(
        "metadata not an object", #"{"__metadata__":"k"}"#, "__metadata__: expected an obj"),
      Malformed("tensor not an object", #"{"a":[1]}"#, "tensor \"a\": expected an object"),
      Malformed("no dtype", #"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, "dtype is missing"),
      Malformed("unknown dtype", "{\(tensor("a", "F33"))}", "unknown dtype \"F33\""),
      Malformed("lower case dtype", "{\(tensor("a", "f32"))}", "unknown dtype \"f32\""),
      Malformed("no shape", #"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, "shape is missing"),
      Malformed("negative extent", "{\(tensor("a", "F32", "[-2]"))}", "shape is missing or not"),
      Malformed("fractional extent", "{\(tensor("a", "F32", "[2.0]"))}", "shape is missing or not"),
      Malformed(
        "extent above 64 bits", "{\(tensor("a", "F32", "[99999999999999999999]"))}", "shape is"),
      Malformed("no offsets", #"{"a":{"dtype":"F32","shape":[2]}}"#, "data_offsets are missing"),
      Malformed(
        "three offsets", "{\(tensor("a", "F32", "[2]", "[0,4,8]"))}", "not two whole numbers"),
      Malformed(
        "end before start", "{\(tensor("a", "F32", "[2]", "[8,0]"))}", "ends at 0, before its start"
      ),
      Malformed(
        "size of another shape", "{\(tensor("a", "F32", "[3]"))}", "has 8 bytes, expected 12"),
      Malformed(
        "product overflows", "{\(tensor("a", "F32", "[4294967296,4294967296]"))}", "too large"),
      Malformed(
        "size overflows", "{\(tensor("a", "F64", "[2305843009213693952]"))}", "too large"),
      Malformed(
        "half a byte", "{\(tensor("a", "F4", "[3]", "[0,1]"))}", "does not fill whole bytes"),
      Malformed(
        "gap at the start", "{\(tensor("a", "F32", "[1]", "[4,8]"))}", "starts at 4, expected 0"),
      Malformed(
        "gap", "{\(tensor("a")),\(tensor("b", "F32", "[2]", "[12,20]"))}", data: 20,
        "starts at 12, expected 8"),
      Malformed(
        "overlap", "{\(tensor("a")),\(tensor("b", "F32", "[2]", "[4,12]"))}", data: 12,
        "starts at 4, expected 8"),
      Malformed("same bytes twice", "{\(tensor("a")),\(tensor("b"))}", "starts at 0, expected 8"),
      Malformed("data cut short", "{\(tensor("a"))}", data: 7, "ends at 8, the data have 7"),
      Malformed("trailing bytes", "{\(tensor("a"))}", data: 9, "end at 8, the data have 9"),
      Malformed("bytes without tensor", "{}", data: 1, "end at 0, the data have 1"),
    ])
  func malformed(_ malformed: Malformed) {
    #expect {
      try SafeTensors(parsing: malformed.bytes, name: "some/path")
    } throws: { error in
      guard let failure = error as? Failure else { return false }
      return failure.code == .corrupt && failure.description.hasPrefix("some/path: ")
        && failure.description.contains(malformed.message)
        && !failure.description.contains("\n")
    }
  }

  @Test("Error messages shorten long tensor names and escape line breaks")
  func displayedName() {
    let name = #"line\nfeed"# + String(repeating: "x", count: 1000)
    #expect {
      try SafeTensors(parsing: file("{\(tensor(name, "F33"))}"), name: "file")
    } throws: { error in
      let message = String(describing: error)
      return message.count < 150 && message.contains(#""line\nfeedxxx"#)
    }
  }

  @Test("A safetensors file truncated at any length is rejected")
  func truncation() {
    let bytes = Self.sample.encoded()
    for length in 0..<bytes.count {
      #expect(throws: Failure.self, "\(length) of \(bytes.count) bytes") {
        try SafeTensors(parsing: Array(bytes[..<length]), name: "file")
      }
    }
  }

  @Test("A safetensors file with flipped bits is read or rejected, never a crash")
  func flippedBits() {
    let bytes = Self.sample.encoded()
    var random = RandomStream(seed: 1, purpose: .shuffle)
    var rejected = 0
    for _ in 0..<10_000 {
      var damaged = bytes
      for _ in 0...random.index(below: 3) {
        damaged[random.index(below: bytes.count)] ^= 1 << UInt8(random.index(below: 8))
      }
      do {
        let file = try SafeTensors(parsing: damaged, name: "file")
        #expect(file.encoded().count >= 8)
      } catch {
        #expect((error as? Failure)?.code == .corrupt)
        rejected += 1
      }
    }
    #expect(rejected > 5000)
  }
}
