import Foundation
import Support
import TestSupport
import Testing
import Training

@Suite("Event files for TensorBoard", .serialized, .temporaryFolder)
struct EventFileTests {
  private let folder = TemporaryFolder.path

  /// The one file of events in a folder.
  private func file(in folder: String) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.contains("tfevents") }
    try #require(names.count == 1, "\(names)")
    return "\(folder)/\(names[0])"
  }

  /// The events of a file, read with nothing but the format's description.
  private func events(_ path: String) throws -> [Event] {
    let bytes = try Files.read(path)
    var events: [Event] = []
    var start = 0
    while start < bytes.count {
      let length = bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
      events.append(
        try #require(Event(parsing: Array(bytes[start + 12..<start + 12 + length]))))
      start += length + 16
    }
    #expect(start == bytes.count)
    return events
  }

  /// Scale and number of the scalars in a file, in order.
  private func labels(_ path: String) throws -> [String] {
    try events(path).compactMap {
      if case .scalars(let scale, let number, _) = $0.content { "\(scale) \(number)" } else { nil }
    }
  }

  @Test("The checksum is Castagnoli's CRC-32, masked as record files want it")
  func checksum() {
    // The check value of the polynomial, and RFC 3720's example of 32 zeros.
    #expect(EventFile.checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(EventFile.checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    // Rotated by 15 bits to the right, then a constant added.
    #expect(EventFile.maskedChecksum(Array("123456789".utf8)) == 0xc78a_b0e5)
  }

  @Test("A record is length, checksum of the length, data, checksum of the data")
  func record() {
    let record = EventFile.record([1, 2, 3])
    #expect(record.count == 8 + 4 + 3 + 4)
    #expect(Array(record[..<8]) == [3, 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(record[12..<15]) == [1, 2, 3])
    func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    #expect(number(record[8..<12]) == EventFile.maskedChecksum(Array(record[..<8])))
    #expect(number(record[15...]) == EventFile.maskedChecksum([1, 2, 3]))
  }

  @Test("An event is a message with time, step and a summary of tags and values")
  func encoding() {
    let event = Event(
      wallTime: 1, content: .scalars(.step, 300, [.init(name: "loss", value: 0.5)]))
    let time: [UInt8] = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
    // 300 in groups of seven bits.
    let step: [UInt8] = [0x10, 0xac, 0x02]
    let value: [UInt8] = [0x0a, 9] + Array("step/loss".utf8) + [0x15, 0, 0, 0, 0x3f]
    let summary: [UInt8] = [0x2a, 18, 0x0a, 16] + value
    #expect(event.encoded == time + step + summary)
    #expect(
      Event(wallTime: 1, content: .version).encoded == time + [0x1a, 13]
        + Array("brain.Event:2".utf8))
    #expect(Event(wallTime: 1, content: .start).encoded == time + [0x3a, 2, 0x08, 1])
    for content in [Event.Content.version, .start, event.content] {
      let event = Event(wallTime: 1, content: content)
      #expect(Event(parsing: event.encoded) == event)
    }
    #expect(Event(parsing: [0x09, 0]) == nil)
  }

  @Test("A run writes the values of its metrics, and changes none of them")
  func run() throws {
    try writeSmallDataset(to: "\(folder)/data")
    func train(_ name: String, _ options: String...) throws {
      _ = try smallExperiment().begin(
        arguments: words(data: "\(folder)/data", output: "\(folder)/\(name)", "--log-steps")
          + options
      ).runTraining()
    }
    try train("plain")
    try train("shown", "--tensorboard", "\(folder)/events")
    for name in ["metrics.csv", "steps.csv", "predictions.csv", "model.safetensors"] {
      #expect(try Files.read("\(folder)/plain/\(name)") == Files.read("\(folder)/shown/\(name)"))
    }
    #expect(!(try Files.readText("\(folder)/shown/run.json").contains("tensorboard")))

    let events = try events(file(in: "\(folder)/events/small"))
    #expect(events.prefix(2).map(\.content) == [.version, .start])
    func table(_ name: String) throws -> Table {
      try Table(parsing: try Files.readText("\(folder)/shown/\(name).csv"), name: name)
    }
    /// The values of a name as numbers of single precision.
    func values(_ scale: Event.Scale, _ name: String) -> [Float] {
      events.flatMap { event -> [Float] in
        guard case .scalars(scale, _, let scalars) = event.content else { return [] }
        return scalars.filter { $0.name == name }.map(\.value)
      }
    }
    let (metrics, steps) = (try table("metrics"), try table("steps"))
    for column in metrics.columns.dropFirst() {
      #expect(values(.epoch, column) == metrics.numbers(column)?.map { Float($0) }, "\(column)")
    }
    for column in ["loss", "learning_rate", "gradient_norm"] {
      #expect(values(.step, column) == steps.numbers(column)?.map { Float($0) }, "\(column)")
    }
    #expect(values(.step, "accuracy").allSatisfy { (0...1).contains($0) })
  }

  @Test("A run that goes on repeats no step and leaves none out, also after a torn record")
  func resuming() throws {
    try writeSmallDataset(to: "\(folder)/data")
    func train(stoppingAfter steps: Int?) throws {
      _ = try smallExperiment().begin(
        arguments: words(
          data: "\(folder)/data", output: "\(folder)/run", "--tensorboard", "\(folder)/events")
      ).runTraining(stoppingAfter: steps)
    }
    // Four steps an epoch.
    #expect(throws: Failure.self) { try train(stoppingAfter: 2) }
    let path = try file(in: "\(folder)/events/small")
    let checkpoint = try Files.read("\(folder)/run/checkpoint.safetensors")
    #expect(throws: Failure.self) { try train(stoppingAfter: 4) }
    #expect(
      try labels(path) == ["step 1", "step 2", "step 3", "step 4", "epoch 1", "step 5", "step 6"])
    // As if it had been killed after the older checkpoint, while it wrote an event.
    try Files.write(checkpoint, to: "\(folder)/run/checkpoint.safetensors")
    try Files.write(try Files.read(path).dropLast(5), to: path)
    try train(stoppingAfter: nil)
    #expect(try file(in: "\(folder)/events/small") == path)
    #expect(
      try labels(path) == [
        "step 1", "step 2", "step 3", "step 4", "epoch 1", "step 5", "step 6", "step 7", "step 8",
        "epoch 2",
      ])
  }

  @Test("Every run has a folder of its own, those of a sweep too")
  func folders() throws {
    try writeSmallDataset(to: "\(folder)/data")
    var experiment = smallExperiment()
    let options = words(
      data: "\(folder)/data", output: "\(folder)/run", "--tensorboard", "\(folder)/events")
    try experiment.begin(arguments: options).runBriefTraining(steps: 3, into: "brief") { _ in }
    #expect(try labels(file(in: "\(folder)/events/small/brief")).count == 3)
    experiment.dropoutRates = [0, 0.5]
    try experiment.begin(arguments: options).runSweep()
    for rate in ["0.00", "0.50"] {
      #expect(try labels(file(in: "\(folder)/events/small/\(rate)")).count == 10)
    }
  }

  @Test("A folder that cannot be made ends the run before it starts")
  func noFolder() throws {
    try writeSmallDataset(to: "\(folder)/data")
    try Files.write("a file", to: "\(folder)/events")
    let session = try smallExperiment().begin(
      arguments: words(
        data: "\(folder)/data", output: "\(folder)/run", "--tensorboard", "\(folder)/events"))
    let failure = #expect(throws: Failure.self) { try session.runTraining() }
    #expect(failure?.code == .cannotCreate)
    #expect(!Files.exists("\(folder)/run/metrics.csv"))
  }

  @Test("Where no event can be written any more, the training need not notice")
  func fullDisk() throws {
    // Every write to it fails for want of space.
    let file = try EventFile("/dev/full", keeping: 0)
    for number in 1...3 { file.add(.step, number, [("loss", 1)]) }
    #expect(!file.isOpen)
  }
}
