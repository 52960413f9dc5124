import Support

/// One event of a training, as TensorBoard reads it.
///
/// Sources: TensorFlow's `core/util/event.proto`, `core/framework/summary.proto`.
package enum Event {
  /// The axis that values are plotted along; their tags start with its name.
  package enum Axis: String, CaseIterable, Sendable {
    case epoch, step
  }

  /// The version of the format, the first event of a file.
  case version
  /// A training starts, or goes on, with a step: TensorBoard drops what it has read of that step and
  /// later ones.
  case start(step: Int)
  /// Values after an epoch or step, under tags such as `epoch/val_loss`.
  case scalars(Axis, Int, [(name: String, value: Float)])

  /// Encodes the event as a message in protocol buffers.
  ///
  /// - Parameter wallTime: The time of the event in seconds since 1970.
  /// - Returns: The bytes of a message `Event`.
  package func encoded(wallTime: Double) -> [UInt8] {
    var event = ProtobufWriter()
    event.append(1, wallTime)
    switch self {
    case .version: event.append(3, "brain.Event:2")
    case .start(let step):
      event.append(2, varint: UInt64(step))
      var log = ProtobufWriter()
      // SessionLog.START.
      log.append(1, varint: 1)
      event.append(7, log)
    case .scalars(let axis, let number, let scalars):
      event.append(2, varint: UInt64(number))
      var summary = ProtobufWriter()
      for (name, number) in scalars {
        var value = ProtobufWriter()
        value.append(1, "\(axis.rawValue)/\(name)")
        value.append(2, number)
        summary.append(1, value)
      }
      event.append(5, summary)
    }
    return event.bytes
  }
}
