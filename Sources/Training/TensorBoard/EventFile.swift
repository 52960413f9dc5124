import Foundation
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// A file of events that TensorBoard shows as curves.
///
/// A run that goes on after a stop writes a file of its own, as PyTorch's `SummaryWriter` does with a
/// `purge_step`: it starts with an event that makes TensorBoard drop the steps that are repeated, so
/// that every step is shown once.
///
/// Events are for looking at a run and not part of its results: if they can no longer be written,
/// the run says so and goes on without them.
package final class EventFile {
  /// Whether events can still be written.
  package var isOpen: Bool { descriptor >= 0 }
  private let path: String
  private var descriptor: Int32

  /// Creates a file that TensorBoard reads after the others in its folder.
  ///
  /// - Parameters:
  ///   - folder: The run's folder of events, created if it is missing.
  ///   - finishedSteps: The number of steps that the training has finished.
  /// - Throws: `Failure` with code 73 if the folder or the file cannot be created.
  package convenience init(in folder: String, after finishedSteps: Int = 0) throws {
    try Files.createFolder(folder)
    // TensorBoard reads the files of a folder in the order of their names.
    var second = Int(Date().timeIntervalSince1970)
    while true {
      let path = "\(folder)/events.out.tfevents.\(second).squeezenet"
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        self.init(descriptor, path: path, after: finishedSteps)
        return
      }
      guard errno == EEXIST else {
        throw Failure(.cannotCreate, "cannot create \(path): \(Files.reason(errno))")
      }
      second += 1
    }
  }

  /// Takes over an open, empty file.
  package init(_ descriptor: Int32, path: String, after finishedSteps: Int = 0) {
    self.descriptor = descriptor
    self.path = path
    append(.version)
    append(.start(step: finishedSteps + 1))
  }

  deinit {
    if isOpen { close(descriptor) }
  }

  /// Adds the values of an epoch or step, counted from 1 since the training started.
  package func add(_ axis: Event.Axis, _ number: Int, _ values: [(name: String, value: Float)]) {
    append(.scalars(axis, number, values))
  }

  private func append(_ event: Event) {
    guard isOpen else { return }
    let record = Self.record(event.encoded(wallTime: Date().timeIntervalSince1970))
    let error = record.withUnsafeBytes { Files.write($0, to: descriptor) }
    guard error != 0 else { return }
    Console.report("cannot write \(path): \(Files.reason(error)); the run goes on without events")
    close(descriptor)
    descriptor = -1
  }
}

// MARK: - Records

// A file is a sequence of records: the length of the data as a little-endian `UInt64`, its checksum,
// the data, their checksum.
//
// Source: TensorFlow's `core/lib/io/record_writer.h`.
extension EventFile {
  /// Data with their length and checksums.
  package static func record(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + littleEndian(maskedChecksum(length)) + data + littleEndian(maskedChecksum(data))
  }

  /// CRC-32C rotated by 15 bits, plus a constant: the checksum of data that contain checksums of
  /// their own would otherwise be weak.
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

  private static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
