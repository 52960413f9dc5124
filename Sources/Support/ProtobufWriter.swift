/// Writes a message in the wire format of protocol buffers.
///
/// Source: https://protobuf.dev/programming-guides/encoding.
package struct ProtobufWriter: Sendable {
  /// The message so far.
  package private(set) var bytes: [UInt8] = []

  /// An empty message.
  package init() {}

  /// Appends an integer.
  package mutating func append(_ field: UInt64, varint value: UInt64) {
    append(field, .varint)
    append(varint: value)
  }

  /// Appends a `double`.
  package mutating func append(_ field: UInt64, _ value: Double) {
    append(field, .fixed64)
    append(littleEndian: value.bitPattern)
  }

  /// Appends a `float`.
  package mutating func append(_ field: UInt64, _ value: Float) {
    append(field, .fixed32)
    append(littleEndian: value.bitPattern)
  }

  /// Appends a string.
  package mutating func append(_ field: UInt64, _ text: String) {
    append(field, Array(text.utf8))
  }

  /// Appends a message within the message.
  package mutating func append(_ field: UInt64, _ message: ProtobufWriter) {
    append(field, message.bytes)
  }

  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  private mutating func append(_ field: UInt64, _ value: [UInt8]) {
    append(field, .lengthDelimited)
    append(varint: UInt64(value.count))
    bytes += value
  }

  private mutating func append(_ field: UInt64, _ type: WireType) {
    append(varint: field << 3 | type.rawValue)
  }

  /// Appends seven bits per byte, the lowest first; the highest bit of a byte says that more follow.
  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func append(littleEndian value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
