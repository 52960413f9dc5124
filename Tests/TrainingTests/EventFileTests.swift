import Foundation
import Support
import TestSupport
import Testing
import Training

#if canImport(Glibc)
  import Glibc
#endif

/// An event as a reader sees it.
private struct ReadEvent: Equatable {
  var step = 0
  var isStart = false
  var version: String?
  /// Values by tag.
  var values: [String: Float] = [:]
}

/// The fields of a message by number, parsed with nothing but the format's description; those of a
/// varint as eight little-endian bytes.
private func fields(_ message: [UInt8]) -> [Int: [[UInt8]]] {
  var fields: [Int: [[UInt8]]] = [:]
  var rest = message[...]
  func varint() -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let byte = rest.removeFirst()
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { break }
    }
    return value
  }
  while !rest.isEmpty {
    let key = varint()
    let value: [UInt8]
    switch key & 7 {
    case 0: value = withUnsafeBytes(of: varint().littleEndian) { Array($0) }
    case 1: value = Array(rest.prefix(8))
    case 2:
      let length = Int(varint())
      value = Array(rest.prefix(length))
    default: value = Array(rest.prefix(4))
    }
    if key & 7 != 0 { rest = rest.dropFirst(value.count) }
    fields[Int(key >> 3), default: []].append(value)
  }
  return fields
}

private func integer(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
  bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

@Suite("Event files for TensorBoard", .serialized, .temporaryFolder)
struct EventFileTests {
  private let folder = TemporaryFolder.path

  /// The event files of a folder, in the order in which TensorBoard reads them.
  private func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.contains("tfevents") }.sorted().map { "\(folder)/\($0)" }
  }

  /// The events of a file. A torn record ends it, as for TensorBoard.
  private func events(_ path: String) throws -> [ReadEvent] {
    var rest = try Files.read(path)[...]
    var events: [ReadEvent] = []
    while rest.count >= 16, rest.count >= 16 + Int(integer(rest.prefix(8))) {
      let length = Int(integer(rest.prefix(8)))
      let event = fields(Array(rest.dropFirst(12).prefix(length)))
      rest = rest.dropFirst(length + 16)
      var read = ReadEvent()
      read.step = Int(integer(event[2]?[0] ?? []))
      read.isStart = event[7].map { fields($0[0])[1]?[0].first == 1 } ?? false
      read.version = event[3].map { String(decoding: $0[0], as: UTF8.self) }
      for summary in event[5] ?? [] {
        for value in (fields(summary)[1] ?? []).map(fields) {
          let tag = String(decoding: try #require(value[1]?[0]), as: UTF8.self)
          let bits = UInt32(integer(try #require(value[2]?[0])))
          read.values[tag] = Float(bitPattern: bits)
        }
      }
      events.append(read)
    }
    return events
  }

  /// The curve of a tag as TensorBoard shows it: a start drops what was read of its step and later
  /// ones.
  private func curve(_ tag: String, in folder: String) throws -> [(step: Int, value: Float)] {
    var curve: [(step: Int, value: Float)] = []
    for event in try files(in: folder).flatMap(events) {
      if event.isStart { curve.removeAll { $0.step >= event.step } }
      if let value = event.values[tag] { curve.append((event.step, value)) }
    }
    return curve
  }

  @Test("An event file's checksum is the masked CRC-32C")
  func checksum() {
    // The check value of the polynomial, and RFC 3720's example of 32 zeros.
    #expect(EventFile.checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(EventFile.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    // Rotated by 15 bits to the right, then a constant added.
    #expect(EventFile.maskedChecksum(Array("123456789".utf8)) == 0xc78a_b0e5)
  }

  @Test("An event record consists of length, its checksum, data and its checksum")
  func record() {
    let record = EventFile.record([1, 2, 3])
    #expect(record.count == 8 + 4 + 3 + 4)
    #expect(Array(record[..<8]) == [3, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(record[12..<15]) == [1, 2, 3])
    #expect(integer(record[8..<12]) == UInt64(EventFile.maskedChecksum(Array(record[..<8]))))
    #expect(integer(record[15...]) == UInt64(EventFile.maskedChecksum([1, 2, 3])))
  }

  @Test("An event encodes time, step and a summary of tags and values")
  func encoding() {
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
    // 300 in groups of seven bits.
    let step: [UInt8] = [0x10, 0xac, 0x02]
    let value: [UInt8] = [0x0a, 9] + Array("step/loss".utf8) + [0x15, 0, 0, 0, 0x3f]
    let summary: [UInt8] = [0x2a, 18, 0x0a, 16] + value
    let scalars = Event.scalars(.step, 300, [("loss", 0.5)])
    #expect(scalars.encoded(wallTime: 1) == time + step + summary)
    #expect(
      Event.version.encoded(wallTime: 1) == time + [0x1a, 13] + Array("brain.Event:2".utf8))
    #expect(Event.start(step: 300).encoded(wallTime: 1) == time + step + [0x3a, 2, 0x08, 1])
  }

  @Test("Writing events records the metrics and changes none of them")
  func run() throws {
    try writeSmallDataset(to: "\(folder)/data")
    func train(_ name: String, _ options: String...) throws {
      _ = try smallExperiment().begin(
        arguments: words(
          data: "\(folder)/data", output: "\(folder)/\(name)", ["--log-steps"] + options)
      ).makeRuns()
    }
    try train("plain")
    try train("shown", "--tensorboard", "\(folder)/events")
    for name in ["metrics.csv", "steps.csv", "predictions.csv", "model.safetensors"] {
      #expect(try Files.read("\(folder)/plain/\(name)") == Files.read("\(folder)/shown/\(name)"))
    }
    #expect(!(try Files.readText("\(folder)/shown/run.json").contains("tensorboard")))

    let events = "\(folder)/events/small/seed-0"
    let head = try self.events(try #require(files(in: events).first)).prefix(2)
    #expect(head == [ReadEvent(version: "brain.Event:2"), ReadEvent(step: 1, isStart: true)])
    func expectCurves(_ axis: Event.Axis, _ name: String, _ columns: [String]) throws {
      let table = try Table(
        parsing: try Files.readText("\(folder)/shown/\(name).csv"), name: name)
      for column in columns {
        let curve = try curve("\(axis)/\(column)", in: events)
        #expect(curve.map(\.step) == Array(1...table.rows.count), "\(column)")
        #expect(curve.map(\.value) == table.numbers(column)?.map { Float($0) }, "\(column)")
      }
    }
    try expectCurves(.epoch, "metrics", Array(EpochMetrics.columns.dropFirst()))
    try expectCurves(.step, "steps", ["loss", "learning_rate", "gradient_norm"])
    #expect(try curve("step/accuracy", in: events).allSatisfy { (0...1).contains($0.value) })
  }

  @Test("A resumed run's events show every step and epoch once, even after a torn record")
  func resuming() throws {
    try writeSmallDataset(to: "\(folder)/data")
    let events = "\(folder)/events/small/seed-0"
    func train(stoppingAfter steps: Int?) throws {
      _ = try smallExperiment().begin(
        arguments: words(
          data: "\(folder)/data", output: "\(folder)/run", "--tensorboard", "\(folder)/events")
      ).makeRuns(stoppingAfter: steps)
    }
    func starts() throws -> [Int] {
      try files(in: events).flatMap(self.events).filter(\.isStart).map(\.step)
    }
    // Four steps per epoch.
    #expect(throws: Failure.self) { try train(stoppingAfter: 5) }
    let checkpoint = try Files.read("\(folder)/run/checkpoint.safetensors")
    #expect(throws: Failure.self) { try train(stoppingAfter: 2) }
    #expect(try curve("step/loss", in: events).map(\.step) == Array(1...7))
    #expect(try starts() == [1, 6])
    // As if it had been killed after the older checkpoint, while it wrote an event.
    try Files.write(checkpoint, to: "\(folder)/run/checkpoint.safetensors")
    let last = try #require(files(in: events).last)
    try Files.write(try Files.read(last).dropLast(5), to: last)
    try train(stoppingAfter: nil)
    #expect(try curve("step/loss", in: events).map(\.step) == Array(1...8))
    #expect(try curve("epoch/val_loss", in: events).map(\.step) == [1, 2])
    #expect(try starts() == [1, 6, 6])
    // A finished run that is repeated begins with its first step.
    Files.remove("\(folder)/run/model.safetensors")
    try train(stoppingAfter: nil)
    #expect(try curve("step/loss", in: events).map(\.step) == Array(1...8))
    #expect(try curve("epoch/val_loss", in: events).map(\.step) == [1, 2])
    #expect(try starts() == [1, 6, 6, 1])
  }

  @Test("Every run has its own event folder, also within a sweep")
  func folders() throws {
    try writeSmallDataset(to: "\(folder)/data")
    var experiment = smallExperiment()
    let options = words(
      data: "\(folder)/data", output: "\(folder)/run", "--tensorboard", "\(folder)/events")
    experiment.trainBriefly(steps: 3, into: "brief") { _ in }
    experiment.sweep("dropout", over: [0, 0.5])
    try experiment.begin(arguments: options).makeRuns()
    for arm in ["dropout-0", "dropout-0.5"] {
      let events = "\(folder)/events/small/\(arm)/seed-0"
      #expect(try curve("step/loss", in: events).count == 8)
      #expect(try curve("epoch/val_loss", in: events).count == 2)
      #expect(try curve("step/loss", in: "\(events)/brief").count == 3)
    }
  }

  @Test("An event folder that cannot be created ends the run before it starts")
  func noFolder() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try Files.write("a file", to: "\(folder)/events")
    let session = try smallExperiment().begin(
      arguments: words(
        data: "\(folder)/data", output: "\(folder)/run", "--tensorboard", "\(folder)/events"))
    let failure = #expect(throws: Failure.self) { try session.makeRuns() }
    #expect(failure?.code == .cannotCreate)
    #expect(!Files.exists("\(folder)/run/metrics.csv"))
  }

  @Test("Training continues when events can no longer be written")
  func fullDisk() throws {
    // Every write to it fails for want of space.
    let file = EventFile(open("/dev/full", O_WRONLY), path: "/dev/full")
    for number in 1...3 { file.add(.step, number, [("loss", 1)]) }
    #expect(!file.isOpen)
  }
}
