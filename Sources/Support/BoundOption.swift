/// An option bound to a property of `Root`. Parsing a command line, the help, writing a record of the
/// values and reading that record back all follow from it.
package struct BoundOption<Root>: Sendable {
  /// All spellings, `["-b", "--batch-size"]`; the last one is the name.
  package let names: [String]
  /// Whether the value belongs in a record.
  package let isRecorded: Bool
  /// The accepted values as an error describes them.
  package let expected: String
  /// The property's value as the command line spells it.
  package let text: @Sendable (Root) -> String
  /// The property's value as a record has it.
  package let json: @Sendable (Root) -> JSON

  private let placeholder: String?
  private let help: String
  private let defaultText: @Sendable (Root) -> String?
  private let parse: @Sendable (CommandLineOptions, inout Root) throws -> Void
  private let parseText: @Sendable (String, inout Root) -> Bool
  private let readRecord: @Sendable (JSON, inout Root) -> Bool

  /// An option of a property.
  ///
  /// - Parameters:
  ///   - names: All spellings, the last one the name.
  ///   - property: The property that the option sets.
  ///   - format: How values are written.
  ///   - help: One line for the help.
  ///   - defaultText: The default in the help, if the property's value does not say it.
  ///   - isRecorded: Whether the value belongs in a record.
  package init<Value>(
    _ names: String..., sets property: WritableKeyPath<Root, Value> & Sendable,
    as format: ValueFormat<Value>, help: String, default defaultText: String? = nil,
    isRecorded: Bool = true
  ) {
    self.init(
      names, as: format, help: help, isRecorded: isRecorded, value: { $0[keyPath: property] },
      set: { $0[keyPath: property] = $1 },
      defaultText: { defaultText ?? format.text($0[keyPath: property]) })
  }

  /// An option of a property that is `nil` until it is set; until then, a value that follows from other
  /// properties is in effect. A record has the value in effect.
  ///
  /// - Parameters:
  ///   - names: All spellings, the last one the name.
  ///   - property: The property that the option sets.
  ///   - effective: The value in effect.
  ///   - format: How values are written.
  ///   - help: One line for the help.
  ///   - unsetText: The default in the help while the property is `nil`.
  package init<Value>(
    _ names: String..., sets property: WritableKeyPath<Root, Value?> & Sendable,
    inEffect effective: KeyPath<Root, Value> & Sendable, as format: ValueFormat<Value>,
    help: String, default unsetText: String
  ) {
    self.init(
      names, as: format, help: help, isRecorded: true, value: { $0[keyPath: effective] },
      set: { $0[keyPath: property] = $1 },
      defaultText: { $0[keyPath: property].map(format.text) ?? unsetText })
  }

  private init<Value>(
    _ names: [String], as format: ValueFormat<Value>, help: String, isRecorded: Bool,
    value: @escaping @Sendable (Root) -> Value,
    set: @escaping @Sendable (inout Root, Value) -> Void,
    defaultText: @escaping @Sendable (Root) -> String
  ) {
    self.names = names
    self.isRecorded = isRecorded
    self.help = help
    placeholder = format.placeholder
    expected = format.expected
    text = { format.text(value($0)) }
    json = { format.json(value($0)) }
    // A flag has no value, and so no default.
    self.defaultText = { format.placeholder == nil ? nil : defaultText($0) }
    let name = names[names.count - 1]
    parse = { options, root in
      if let value = try options.value(name, as: format) { set(&root, value) }
    }
    parseText = { text, root in
      guard let value = format.parse(text) else { return false }
      set(&root, value)
      return true
    }
    readRecord = { json, root in
      guard let value = format.read(json) else { return false }
      set(&root, value)
      return true
    }
  }

  /// The spelling under which the value is kept.
  package var name: String { names[names.count - 1] }

  /// The name without dashes in front, as folders and tables have it: `batch-size`.
  package var label: String { String(name.drop { $0 == "-" }) }

  /// The name in a record: `batch_size` for `--batch-size`.
  package var key: String { label.substituting("-", by: "_") }

  /// The option for a command's list. The default in the help is the value in `root`, unless
  /// `defaultText` replaces it; a command for which the option means less replaces `help`, too.
  package func option(
    of root: Root, help: String? = nil, default defaultText: String? = nil
  ) -> Option {
    Option(
      names: names, value: placeholder, help: help ?? self.help,
      default: defaultText ?? self.defaultText(root))
  }

  /// Sets the property if the option is given.
  ///
  /// - Throws: `Failure` with code 64 for a value that is not accepted.
  package func apply(_ options: CommandLineOptions, to root: inout Root) throws {
    try parse(options, &root)
  }

  /// Sets the property to a value as the command line spells it.
  ///
  /// - Throws: `Failure` with code 64 for a value that is not accepted.
  package func set(_ text: String, in root: inout Root) throws {
    guard parseText(text, &root) else {
      throw Failure(.usage, "\(label): expected \(expected), got '\(text)'")
    }
  }

  /// Sets the property from a record.
  ///
  /// - Returns: Whether the value is accepted.
  package func read(_ json: JSON, into root: inout Root) -> Bool { readRecord(json, &root) }
}
