import Support
import Testing

@Suite("Protocol buffers")
struct ProtobufWriterTests {
  @Test("Every protobuf wire type has the bytes of the encoding guide's examples")
  func wireTypes() {
    var message = ProtobufWriter()
    message.append(1, varint: 150)
    #expect(message.bytes == [0x08, 0x96, 0x01])
    message = ProtobufWriter()
    message.append(2, "testing")
    #expect(message.bytes == [0x12, 0x07] + Array("testing".utf8))
    message = ProtobufWriter()
    message.append(1, 1.0)
    message.append(2, Float(0.5))
    #expect(message.bytes == [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0x15, 0, 0, 0, 0x3f])
  }

  @Test("A nested protobuf message is preceded by its length")
  func nesting() {
    var inner = ProtobufWriter()
    inner.append(1, varint: 150)
    var outer = ProtobufWriter()
    outer.append(3, inner)
    #expect(outer.bytes == [0x1a, 0x03, 0x08, 0x96, 0x01])
  }

  @Test("Protobuf integers and field numbers take one byte per seven bits")
  func varints() {
    func bytes(_ field: UInt64, _ value: UInt64) -> [UInt8] {
      var message = ProtobufWriter()
      message.append(field, varint: value)
      return message.bytes
    }
    #expect(bytes(1, 0) == [0x08, 0])
    #expect(bytes(1, 127) == [0x08, 0x7f])
    #expect(bytes(1, 128) == [0x08, 0x80, 0x01])
    #expect(bytes(16, 1) == [0x80, 0x01, 0x01])
    #expect(bytes(1, .max) == [0x08] + [UInt8](repeating: 0xff, count: 9) + [0x01])
  }
}
