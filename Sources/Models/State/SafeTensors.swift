import Support

/// The contents of a safetensors file: named tensors, and metadata.
///
/// A file consists of the header's length N in 8 bytes, N bytes of JSON, and the elements of all
/// tensors without gaps, little-endian and in row-major order. The reader rejects everything that
/// the format forbids. The writer is deterministic, and writes the same bytes as the `safetensors`
/// package for Python does for the same tensors. (That package writes several entries of metadata in
/// random order; here they are sorted.)
///
/// Source: https://github.com/huggingface/safetensors, its README's section "Format".
package struct SafeTensors: Equatable, Sendable {
  /// Texts about the whole file, by name.
  package var metadata: [String: String]
  /// The tensors, by name.
  package var tensors: [String: Entry]

  /// The maximum length of a header in bytes; the reference reader's limit.
  package static let maximumHeaderSize = 100_000_000

  private static let metadataName = "__metadata__"

  /// Creates a file of tensors and metadata.
  package init(tensors: [String: Entry] = [:], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// One tensor.
  package struct Entry: Equatable, Sendable {
    /// The type of the elements.
    package let type: ElementType
    /// The extents; empty for a single number.
    package let shape: [Int]
    /// The elements, little-endian, in row-major order: a part of the file's bytes where it was read from
    /// one.
    package let bytes: ArraySlice<UInt8>

    /// Creates a tensor of given elements in row-major order.
    ///
    /// - Precondition: There are as many elements as the shape has.
    package init<Element: SafeTensorsElement>(_ elements: [Element], shape: [Int]) {
      precondition(
        elements.count == shape.reduce(1, *), "\(elements.count) elements for shape \(shape)")
      type = Element.elementType
      self.shape = shape
      bytes = elements.withUnsafeBytes { ArraySlice($0) }
    }

    fileprivate init(type: ElementType, shape: [Int], bytes: ArraySlice<UInt8>) {
      self.type = type
      self.shape = shape
      self.bytes = bytes
    }

    /// The elements in row-major order.
    ///
    /// - Precondition: `Element` corresponds to `type`.
    package func elements<Element: SafeTensorsElement>(
      as _: Element.Type = Element.self
    ) -> [Element] {
      precondition(type == Element.elementType, "\(type.rawValue) read as \(Element.self)")
      let count = bytes.count / MemoryLayout<Element>.size
      return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
        initialized = count
      }
    }

    /// Copies the elements into an array of as many.
    ///
    /// - Precondition: `Element` corresponds to `type`.
    package func copy<Element: SafeTensorsElement>(to elements: inout [Element]) {
      precondition(type == Element.elementType, "\(type.rawValue) read as \(Element.self)")
      elements.withUnsafeMutableBytes { target in
        precondition(target.count == bytes.count, "as many elements")
        target.copyBytes(from: bytes)
      }
    }

    /// Whether every element is finite; true for types that this project does not compute with.
    package var isFinite: Bool {
      switch type {
      case .f32: allFinite(Float.self)
      case .f64: allFinite(Double.self)
      default: true
      }
    }

    private func allFinite<Element: SafeTensorsElement & FloatingPoint>(_: Element.Type) -> Bool {
      bytes.withUnsafeBytes { bytes in
        var allFinite = true
        // Without leaving early, so that many are checked at once.
        for i in 0..<bytes.count / MemoryLayout<Element>.size {
          let offset = i &* MemoryLayout<Element>.size
          if !bytes.loadUnaligned(fromByteOffset: offset, as: Element.self).isFinite {
            allFinite = false
          }
        }
        return allFinite
      }
    }
  }

  /// The types of elements, in the order in which a file holds their tensors.
  package enum ElementType: String, CaseIterable, Sendable {
    case u64 = "U64"
    case i64 = "I64"
    case f64 = "F64"
    case c64 = "C64"
    case f32 = "F32"
    case u32 = "U32"
    case i32 = "I32"
    case bf16 = "BF16"
    case f16 = "F16"
    case u16 = "U16"
    case i16 = "I16"
    case f8e5m2fnuz = "F8_E5M2FNUZ"
    case f8e4m3fnuz = "F8_E4M3FNUZ"
    case f8e8m0 = "F8_E8M0"
    case f8e4m3 = "F8_E4M3"
    case f8e5m2 = "F8_E5M2"
    case i8 = "I8"
    case u8 = "U8"
    case f6e3m2 = "F6_E3M2"
    case f6e2m3 = "F6_E2M3"
    case f4 = "F4"
    case bool = "BOOL"

    /// The size of an element in bits.
    package var bits: Int {
      switch self {
      case .u64, .i64, .f64, .c64: 64
      case .f32, .u32, .i32: 32
      case .bf16, .f16, .u16, .i16: 16
      case .f8e5m2fnuz, .f8e4m3fnuz, .f8e8m0, .f8e4m3, .f8e5m2, .i8, .u8, .bool: 8
      case .f6e3m2, .f6e2m3: 6
      case .f4: 4
      }
    }
  }

  // MARK: - Reading

  /// Reads a file.
  ///
  /// - Throws: `Failure` with code 66 where it cannot be read, 65 where it breaks the format.
  package init(contentsOf path: String) throws {
    try self.init(parsing: try Files.read(path), name: path)
  }

  /// Reads a file's bytes.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: The name of the file in errors.
  /// - Throws: `Failure` with code 65 where the bytes break the format.
  package init(parsing bytes: [UInt8], name: String) throws {
    func corrupt(_ what: String) -> Failure { Failure(.corrupt, "\(name): \(what)") }

    guard bytes.count >= 8 else {
      throw corrupt("expected a header length of 8 bytes, the file has \(bytes.count)")
    }
    let headerSize = bytes.withUnsafeBytes { UInt64(littleEndian: $0.load(as: UInt64.self)) }
    guard headerSize <= Self.maximumHeaderSize else {
      throw corrupt(
        "the header's length is \(headerSize), expected at most \(Self.maximumHeaderSize) bytes")
    }
    let dataStart = 8 + Int(headerSize)
    guard dataStart <= bytes.count else {
      throw corrupt(
        "the header should have \(headerSize) bytes, the file ends after \(bytes.count - 8)")
    }

    let header: JSON
    do {
      header = try JSON(parsing: bytes[8..<dataStart])
    } catch {
      throw corrupt("the header is not valid JSON: \(error)")
    }
    guard case .object(var members) = header else {
      throw corrupt("the header is not a JSON object")
    }

    metadata = [:]
    switch members.removeValue(forKey: Self.metadataName) {
    case nil, .null: break
    case .object(let remarks):
      for (key, value) in remarks {
        guard case .string(let text) = value else {
          throw corrupt("\(Self.metadataName): \(Self.display(key)): expected a string")
        }
        metadata[key] = text
      }
    default: throw corrupt("\(Self.metadataName): expected an object of strings")
    }

    var infos: [Info] = []
    for (name, value) in members {
      do {
        infos.append(try Info(name: name, value))
      } catch {
        throw corrupt("tensor \(Self.display(name)): \(error.reason)")
      }
    }
    infos.sort { ($0.start, $0.end) < ($1.start, $1.end) }

    // Tensors must be adjacent from the first byte to the last: no gap may hide anything, and no two
    // tensors may share a byte.
    tensors = [:]
    var end = 0
    let dataSize = bytes.count - dataStart
    for info in infos {
      guard info.start == end else {
        throw corrupt(
          "tensor \(Self.display(info.name)): starts at \(info.start), expected \(end), "
            + "the end of the tensor before")
      }
      guard info.end <= dataSize else {
        throw corrupt(
          "tensor \(Self.display(info.name)): ends at \(info.end), the data have \(dataSize) bytes")
      }
      end = info.end
      tensors[info.name] = Entry(
        type: info.type, shape: info.shape,
        bytes: bytes[dataStart + info.start..<dataStart + info.end])
    }
    guard end == dataSize else {
      throw corrupt("the tensors end at \(end), the data have \(dataSize) bytes")
    }
  }

  /// The header's entry for one tensor.
  private struct Info {
    let name: String
    let type: ElementType
    let shape: [Int]
    /// The tensor's first byte and the end of its bytes, counted from the start of the data.
    let start, end: Int

    struct Invalid: Error {
      let reason: String
    }

    init(name: String, _ value: JSON) throws(Invalid) {
      guard case .object(let fields) = value else { throw Invalid(reason: "expected an object") }
      guard case .string(let typeName) = fields["dtype"] else {
        throw Invalid(reason: "dtype is missing or not a string")
      }
      guard let type = ElementType(rawValue: typeName) else {
        throw Invalid(reason: "unknown dtype \(display(typeName))")
      }
      guard let shape = fields["shape"]?.counts else {
        throw Invalid(reason: "shape is missing or not an array of whole numbers")
      }
      guard let offsets = fields["data_offsets"]?.counts, offsets.count == 2 else {
        throw Invalid(reason: "data_offsets are missing or not two whole numbers")
      }
      (start, end) = (offsets[0], offsets[1])
      guard start <= end else {
        throw Invalid(reason: "ends at \(end), before its start at \(start)")
      }
      var bits = type.bits
      for extent in shape {
        let (product, overflow) = bits.multipliedReportingOverflow(by: extent)
        guard !overflow else { throw Invalid(reason: "shape \(shape) is too large") }
        bits = product
      }
      guard bits % 8 == 0 else {
        throw Invalid(reason: "shape \(shape) of \(type.rawValue) does not fill whole bytes")
      }
      guard bits / 8 == end - start else {
        throw Invalid(
          reason: "has \(end - start) bytes, expected \(bits / 8) for shape \(shape) of "
            + type.rawValue)
      }
      self.name = name
      self.type = type
      self.shape = shape
    }
  }

  /// A name from a file for an error: quoted, on one line and at most 80 characters long.
  static func display(_ name: String) -> String {
    let scalars = name.unicodeScalars
    return JSON.quote(scalars.count <= 80 ? name : String(scalars.prefix(77)) + "…")
  }

  // MARK: - Writing

  /// Writes a file, whole or not at all.
  ///
  /// - Throws: `Failure` with code 73 where it cannot be created, 74 where writing fails.
  package func write(to path: String) throws {
    try Files.write(encoded(), to: path)
  }

  /// The bytes of the file, the same for equal values: tensors by type (in the order of
  /// `ElementType`) and then by name, metadata by name.
  ///
  /// - Precondition: No tensor is called `__metadata__`.
  package func encoded() -> [UInt8] {
    precondition(
      tensors[Self.metadataName] == nil, "\(Self.metadataName) cannot be the name of a tensor")
    var members: [String] = []
    if !metadata.isEmpty {
      let remarks = metadata.sorted { precedes($0.key, $1.key) }
        .map { JSON.quote($0.key) + ":" + JSON.quote($0.value) }
      members.append("\"\(Self.metadataName)\":{" + remarks.joined(separator: ",") + "}")
    }
    var data: [UInt8] = []
    data.reserveCapacity(tensors.values.reduce(0) { $0 + $1.bytes.count })
    for type in ElementType.allCases {
      let entries = tensors.filter { $0.value.type == type }.sorted { precedes($0.key, $1.key) }
      for (name, entry) in entries {
        let start = data.count
        data += entry.bytes
        let shape = entry.shape.map(String.init).joined(separator: ",")
        members.append(
          JSON.quote(name) + ":{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(shape)],"
            + "\"data_offsets\":[\(start),\(data.count)]}")
      }
    }
    var header = Array(("{" + members.joined(separator: ",") + "}").utf8)
    // Padded with spaces to a multiple of 8 bytes, so that the data start at an aligned address.
    header += repeatElement(0x20, count: (8 - header.count % 8) % 8)
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
  }
}

/// Orders names by their bytes; Swift's own order of strings follows Unicode instead.
private func precedes(_ a: String, _ b: String) -> Bool {
  a.utf8.lexicographicallyPrecedes(b.utf8)
}

/// A Swift type for the elements of a safetensors file.
///
/// Swift's platforms are little-endian like the file, so that elements are copied unchanged.
package protocol SafeTensorsElement: BitwiseCopyable {
  static var elementType: SafeTensors.ElementType { get }
}

extension Float: SafeTensorsElement {
  package static var elementType: SafeTensors.ElementType { .f32 }
}

extension Double: SafeTensorsElement {
  package static var elementType: SafeTensors.ElementType { .f64 }
}

extension Int64: SafeTensorsElement {
  package static var elementType: SafeTensors.ElementType { .i64 }
}
