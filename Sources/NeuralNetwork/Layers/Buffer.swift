/// Numbers that belong to a network's state but are not trained.
package final class Buffer {
  /// The contents of a buffer.
  package enum Contents: Equatable, Sendable {
    /// One number per channel.
    case numbers([Float])
    /// A single whole number.
    case count(Int64)
  }

  /// The name in the network's state, `conv1.norm.running_mean`.
  package let name: String
  /// The state itself.
  package var contents: Contents { didSet { version = Version() } }
  private(set) var version = Version()

  /// A buffer under its name in the network's state.
  package init(_ name: String, _ contents: Contents) {
    self.name = name
    self.contents = contents
  }

  /// Takes the contents of another buffer, with their version.
  package func share(_ original: Buffer) {
    contents = original.contents
    version = original.version
  }
}
