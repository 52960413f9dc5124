import Foundation
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// Scalars of one training in a file that TensorBoard shows.
///
/// A file is a sequence of records: the length of the data as a little-endian `UInt64`, its
/// checksum, the data, their checksum. Data are an `Event` in protocol buffers; the first one names
/// the version, the second says that a training starts, so that TensorBoard forgets the curves of
/// an earlier file in the same folder.
///
/// The events are for looking at a run and no part of its results: where they cannot be written any
/// more, the training says so and goes on without them.
///
/// Sources: TensorFlow's `core/lib/io/record_writer.h`, `core/util/event.proto`,
/// `core/framework/summary.proto`.
package final class EventFile {
  /// Where a training stands: how many epochs and steps it has done.
  package struct Position: Equatable, Sendable {
    package var epochs = 0
    package var steps = 0
  }

  /// The file.
  package let path: String
  /// Whether events can still be written.
  package var isOpen: Bool { descriptor >= 0 }
  private var descriptor: Int32
  /// The length of the whole records.
  private var length: Int

  /// Opens the file of a run.
  ///
  /// - Parameters:
  ///   - folder: The run's folder of events, made where it is missing.
  ///   - position: Where the training goes on. The last file in the folder is continued, without
  ///     the events that come later: the training repeats them. `nil` for a file of its own.
  /// - Throws: `Failure` with code 73 where the folder or the file cannot be made.
  package convenience init(in folder: String, after position: Position?) throws {
    try Files.createFolder(folder)
    guard let position, let path = try Self.lastFile(in: folder) else {
      let (seconds, process) = (Int(Date().timeIntervalSince1970), getpid())
      try self.init("\(folder)/\(Self.prefix)\(seconds).\(process)\(Self.suffix)", keeping: 0)
      return
    }
    try self.init(path, keeping: Self.wholeRecords(of: try Files.read(path), upTo: position))
  }

  /// Opens a file of which the first `length` bytes stay.
  package init(_ path: String, keeping length: Int) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Failure(.cannotCreate, "cannot create \(path): \(Files.reason(errno))")
    }
    self.path = path
    self.length = length
    ftruncate(descriptor, off_t(length))
    if length == 0 {
      append(.version)
      append(.start)
    }
  }

  deinit {
    if isOpen { close(descriptor) }
  }

  /// Adds the scalars of a step or an epoch that is done, counted from 1 since the training's start.
  package func add(_ scale: Event.Scale, _ number: Int, _ values: [(name: String, value: Float)]) {
    append(.scalars(scale, number, values.map { Event.Scalar(name: $0.name, value: $0.value) }))
  }

  private func append(_ content: Event.Content) {
    guard isOpen else { return }
    let event = Event(wallTime: Date().timeIntervalSince1970, content: content)
    let record = Self.record(event.encoded)
    let written = record.withUnsafeBytes {
      pwrite(descriptor, $0.baseAddress, $0.count, off_t(length))
    }
    guard written == record.count else {
      let reason = written < 0 ? Files.reason(errno) : "no space left"
      Console.report("cannot write \(path): \(reason); the run goes on without events")
      // What is there stays readable.
      ftruncate(descriptor, off_t(length))
      close(descriptor)
      descriptor = -1
      return
    }
    length += record.count
  }

  private static let prefix = "events.out.tfevents."
  private static let suffix = ".squeezenet"

  private static func lastFile(in folder: String) throws -> String? {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }
    return names.max().map { "\(folder)/\($0)" }
  }
}

// MARK: - Records

extension EventFile {
  /// Data with their length and checksums.
  package static func record(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(maskedChecksum(length)) + data
      + littleEndian(maskedChecksum(data))
  }

  /// How many bytes the leading records take that are whole, undamaged and not after a position.
  static func wholeRecords(of file: [UInt8], upTo position: Position) -> Int {
    var end = 0
    while let data = record(of: file, at: end), let event = Event(parsing: data),
      event.isDone(at: position)
    {
      end += data.count + 16
    }
    return end
  }

  /// The data of the record that starts at a byte, `nil` where there is no undamaged one.
  private static func record(of file: [UInt8], at start: Int) -> [UInt8]? {
    let dataStart = start + 12
    guard dataStart <= file.count else { return nil }
    let header = Array(file[start..<start + 8])
    let length = header.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(file.count), dataStart + Int(length) + 4 <= file.count else {
      return nil
    }
    let data = Array(file[dataStart..<dataStart + Int(length)])
    return record(data)[...] == file[start..<dataStart + Int(length) + 4] ? data : nil
  }

  /// CRC-32C, rotated and shifted as record files want it, so that a checksum of data that hold
  /// checksums is still a good one.
  package static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }

  /// CRC-32C (Castagnoli's polynomial, bits reflected; RFC 3720, appendix B.4).
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ checksumTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  private static let checksumTable = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82f6_3b78 : 0) }
  }
}

// MARK: - Events

/// One event of TensorFlow's protocol buffers, as far as scalars need it.
package struct Event: Equatable, Sendable {
  /// What the numbers on the horizontal axis count.
  package enum Scale: String, CaseIterable, Sendable {
    case epoch, step
  }

  /// A number with its name.
  package struct Scalar: Equatable, Sendable {
    package var name: String
    package var value: Float

    package init(name: String, value: Float) {
      self.name = name
      self.value = value
    }
  }

  package enum Content: Equatable, Sendable {
    /// The format of the file.
    case version
    /// A training starts.
    case start
    /// Values after so many epochs or steps, under the tags `epoch/name` or `step/name`.
    case scalars(Scale, Int, [Scalar])
  }

  /// Seconds since 1970.
  package var wallTime: Double
  package var content: Content

  /// Whether a training that stands at a position has come to this event.
  func isDone(at position: EventFile.Position) -> Bool {
    switch content {
    case .version, .start: true
    case .scalars(.epoch, let number, _): number <= position.epochs
    case .scalars(.step, let number, _): number <= position.steps
    }
  }

  private static let version = "brain.Event:2"

  /// The bytes of the message `Event`.
  package var encoded: [UInt8] {
    var event = Message()
    event.append(1, fixed: littleEndian(wallTime.bitPattern))
    switch content {
    case .version: event.append(3, bytes: Array(Self.version.utf8))
    case .start:
      // A `SessionLog` with the status START.
      event.append(7, bytes: Message(1, varint: 1).bytes)
    case .scalars(let scale, let number, let scalars):
      event.append(2, varint: UInt64(number))
      var summary = Message()
      for scalar in scalars {
        var value = Message()
        value.append(1, bytes: Array("\(scale.rawValue)/\(scalar.name)".utf8))
        value.append(2, fixed: littleEndian(scalar.value.bitPattern))
        summary.append(1, bytes: value.bytes)
      }
      event.append(5, bytes: summary.bytes)
    }
    return event.bytes
  }

  package init(wallTime: Double, content: Content) {
    self.wallTime = wallTime
    self.content = content
  }

  /// Reads back what `encoded` has written, `nil` for anything else.
  package init?(parsing bytes: [UInt8]) {
    guard let event = Message(bytes: bytes).fields, let time = event[1]?.first, time.count == 8
    else { return nil }
    wallTime = Double(bitPattern: unsigned(time))
    if let summary = event[5]?.first {
      guard let values = Message(bytes: summary).fields?[1] else { return nil }
      var (scale, scalars): (Scale?, [Scalar]) = (nil, [])
      for value in values {
        guard let fields = Message(bytes: value).fields, let tag = fields[1]?.first,
          let number = fields[2]?.first, number.count == 4
        else { return nil }
        let words = String(decoding: tag, as: UTF8.self).split(separator: "/", maxSplits: 1)
        guard words.count == 2, let word = Scale(rawValue: String(words[0])) else { return nil }
        scale = word
        scalars.append(
          Scalar(
            name: String(words[1]),
            value: Float(bitPattern: UInt32(truncatingIfNeeded: unsigned(number)))))
      }
      guard let scale else { return nil }
      content = .scalars(scale, Int(truncatingIfNeeded: unsigned(event[2]?.first ?? [])), scalars)
    } else if event[3]?.first == Array(Self.version.utf8) {
      content = .version
    } else if event[7] != nil {
      content = .start
    } else {
      return nil
    }
  }
}

/// A message of protocol buffers: fields with a number and a wire type.
///
/// Source: https://protobuf.dev/programming-guides/encoding.
private struct Message {
  private(set) var bytes: [UInt8] = []

  init() {}

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  init(_ field: UInt64, varint: UInt64) {
    append(field, varint: varint)
  }

  mutating func append(_ field: UInt64, varint value: UInt64) {
    append(varint: field << 3)
    append(varint: value)
  }

  /// Adds four or eight bytes.
  mutating func append(_ field: UInt64, fixed value: [UInt8]) {
    append(varint: field << 3 | (value.count == 8 ? 1 : 5))
    bytes += value
  }

  /// Adds a text or a message within the message.
  mutating func append(_ field: UInt64, bytes value: [UInt8]) {
    append(varint: field << 3 | 2)
    append(varint: UInt64(value.count))
    bytes += value
  }

  /// Seven bits a byte, the lowest first; all but the last byte have their highest bit set.
  private mutating func append(varint value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// The values of all fields by number, those of a varint as eight little-endian bytes; `nil` where
  /// the bytes are no message.
  var fields: [UInt64: [[UInt8]]]? {
    var fields: [UInt64: [[UInt8]]] = [:]
    var rest = bytes[...]
    func varint() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: 0, to: 64, by: 7) {
        guard let byte = rest.popFirst() else { return nil }
        value |= UInt64(byte & 0x7f) << UInt64(shift)
        if byte < 0x80 { return value }
      }
      return nil
    }
    while !rest.isEmpty {
      guard let key = varint() else { return nil }
      let count: Int
      switch key & 7 {
      case 0:
        guard let value = varint() else { return nil }
        fields[key >> 3, default: []].append(littleEndian(value))
        continue
      case 1: count = 8
      case 2:
        guard let length = varint(), length <= UInt64(rest.count) else { return nil }
        count = Int(length)
      case 5: count = 4
      default: return nil
      }
      guard count <= rest.count else { return nil }
      fields[key >> 3, default: []].append(Array(rest.prefix(count)))
      rest = rest.dropFirst(count)
    }
    return fields
  }
}

/// The bytes of a number, the lowest first.
private func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number($0 * 8)) }
}

/// The number of at most eight bytes, the lowest first.
private func unsigned(_ bytes: [UInt8]) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}
