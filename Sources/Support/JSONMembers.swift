extension JSON {
  /// Reads a document.
  ///
  /// - Throws: `Failure` with code 65 that calls the document `name`.
  package init(parsing text: String, name: String) throws {
    do {
      try self.init(parsing: text.utf8)
    } catch {
      throw Failure(.corrupt, "\(name): not a JSON document: \(error)")
    }
  }

  /// The member at a path of names, `nil` if it does not exist.
  package subscript(names: String...) -> JSON? {
    names.reduce(Optional(self)) { value, name in
      guard case .object(let members)? = value else { return nil }
      return members[name]
    }
  }

  /// The text of a string.
  package var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The digits of a number, as they are written.
  package var digits: String? {
    if case .number(let digits) = self { digits } else { nil }
  }

  /// The value of a boolean.
  package var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  /// The elements of an array.
  package var elements: [JSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  /// The value in one line for people: strings without quotes, null as `none`, arrays with commas.
  package var words: String {
    switch self {
    case .null: "none"
    case .boolean(let boolean): boolean ? "true" : "false"
    case .number(let digits): digits
    case .string(let string): string
    case .array(let elements): elements.map(\.words).joined(separator: ", ")
    case .object:
      flattened.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        .joined(separator: ", ")
    }
  }

  /// The members of an object in words, by their dotted names (`configuration.batch_size`).
  package var flattened: [String: String] {
    guard case .object(let members) = self else { return [:] }
    var values: [String: String] = [:]
    for (key, member) in members {
      if case .object = member {
        for (path, text) in member.flattened { values["\(key).\(path)"] = text }
      } else {
        values[key] = member.words
      }
    }
    return values
  }
}
