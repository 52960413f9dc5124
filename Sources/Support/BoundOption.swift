/// An option bound to a property of `Root`, stated once: parsing a command line, its help, a record
/// of the values and reading that record back all follow from it.
package struct BoundOption<Root>: Sendable {
  /// All spellings, `["-b", "--batch-size"]`; the last one is the name.
  package let names: [String]
  /// Whether the value belongs in a record.
  package let isRecorded: Bool
  /// The values that are accepted, in the words of an error.
  package let expected: String
  /// The property's value as the command line spells it.
  package let text: @Sendable (Root) -> String
  /// The property's value as a record has it.
  package let json: @Sendable (Root) -> JSON

  private let placeholder: String?
  private let help: String
  private let defaultText: @Sendable (Root) -> String?
  private let parse: @Sendable (CommandLineOptions, inout Root) throws -> Void
  private let readRecord: @Sendable (JSON, inout Root) -> Bool

  /// - Parameters:
  ///   - names: All spellings, the last one the name.
  ///   - property: What the option sets.
  ///   - format: How values are written.
  ///   - help: One line for the help.
  ///   - defaultText: The default in the help where the property's value does not tell it.
  ///   - isRecorded: Whether the value belongs in a record.
  package init<Value>(
    _ names: String..., sets property: WritableKeyPath<Root, Value> & Sendable,
    as format: ValueFormat<Value>, help: String, default defaultText: String? = nil,
    isRecorded: Bool = true
  ) {
    self.names = names
    self.isRecorded = isRecorded
    self.help = help
    placeholder = format.placeholder
    expected = format.expected
    text = { format.text($0[keyPath: property]) }
    json = { format.json($0[keyPath: property]) }
    self.defaultText = { root in
      format.placeholder.map { _ in defaultText ?? format.text(root[keyPath: property]) }
    }
    let name = names[names.count - 1]
    parse = { options, root in
      if let value = try options.value(name, as: format) { root[keyPath: property] = value }
    }
    readRecord = { json, root in
      guard let value = format.read(json) else { return false }
      root[keyPath: property] = value
      return true
    }
  }

  /// An option of a property that is `nil` until someone sets it, and takes effect with a value that
  /// follows from others until then. A record has the value in effect.
  ///
  /// - Parameters:
  ///   - names: All spellings, the last one the name.
  ///   - property: What the option sets.
  ///   - effective: The value in effect.
  ///   - format: How values are written.
  ///   - help: One line for the help.
  ///   - unsetText: The default in the help while nobody has set the property.
  package init<Value>(
    _ names: String..., sets property: WritableKeyPath<Root, Value?> & Sendable,
    inEffect effective: KeyPath<Root, Value> & Sendable, as format: ValueFormat<Value>,
    help: String, default unsetText: String
  ) {
    self.names = names
    isRecorded = true
    self.help = help
    placeholder = format.placeholder
    expected = format.expected
    text = { format.text($0[keyPath: effective]) }
    json = { format.json($0[keyPath: effective]) }
    defaultText = { $0[keyPath: property].map(format.text) ?? unsetText }
    let name = names[names.count - 1]
    parse = { options, root in
      if let value = try options.value(name, as: format) { root[keyPath: property] = value }
    }
    readRecord = { json, root in
      guard let value = format.read(json) else { return false }
      root[keyPath: property] = value
      return true
    }
  }

  /// The spelling that values are kept under.
  package var name: String { names[names.count - 1] }

  /// The name in a record: `batch_size` for `--batch-size`.
  package var key: String { String(name.drop { $0 == "-" }).substituting("-", by: "_") }

  /// The option for a command's list, with the values of `root` as defaults in the help, or with
  /// another text there.
  package func option(of root: Root, default defaultText: String? = nil) -> Option {
    Option(
      names: names, value: placeholder, help: help,
      default: defaultText ?? self.defaultText(root))
  }

  /// Sets the property where the option is given.
  ///
  /// - Throws: `Failure` with code 64 for a value that is not accepted.
  package func apply(_ options: CommandLineOptions, to root: inout Root) throws {
    try parse(options, &root)
  }

  /// Sets the property from a record.
  ///
  /// - Returns: Whether the value is accepted.
  package func read(_ json: JSON, into root: inout Root) -> Bool { readRecord(json, &root) }
}
