import Support

/// The name, shape and type of a tensor that a network or a checkpoint needs.
package struct StateEntry: Equatable, Sendable {
  /// The name in the file.
  package let name: String
  /// The extents, outermost first; empty for a single number.
  package let shape: [Int]
  /// The type of the elements.
  package let type: SafeTensors.ElementType

  /// Creates an entry; its elements are 32-bit floats unless another type is given.
  package init(_ name: String, _ shape: [Int], _ type: SafeTensors.ElementType = .f32) {
    self.name = name
    self.shape = shape
    self.type = type
  }
}

extension SafeTensors {
  /// The tensors by name, after a check that they are exactly the expected ones.
  ///
  /// - Parameters:
  ///   - expected: Everything that the file must hold; it may hold nothing else.
  ///   - path: The name of the file in errors.
  /// - Returns: The file's tensors.
  /// - Throws: `Failure` with code 65 that lists the first eight tensors that are missing, have another
  ///   shape or type, or are not expected.
  package func entries(matching expected: [StateEntry], path: String) throws -> [String: Entry] {
    var problems: [String] = []
    for entry in expected {
      let name = Self.display(entry.name)
      guard let found = tensors[entry.name] else {
        problems.append("\(name) is missing")
        continue
      }
      if found.shape != entry.shape {
        problems.append("\(name) has shape \(found.shape), expected \(entry.shape)")
      }
      if found.type != entry.type {
        problems.append("\(name) is \(found.type.rawValue), expected \(entry.type.rawValue)")
      }
    }
    let unexpected = Set(tensors.keys).subtracting(expected.map(\.name))
    problems += unexpected.sorted().map { "\(Self.display($0)) is not expected" }
    guard problems.isEmpty else {
      throw Failure(
        .corrupt,
        "\(path): not the tensors that are needed: "
          + problems.listed(limit: 8, separator: "; "))
    }
    return tensors
  }

  /// Whether every number is finite.
  package var isFinite: Bool { tensors.values.allSatisfy(\.isFinite) }

  /// Checks that every number is finite.
  ///
  /// - Throws: `Failure` with code 65 that names the first tensor with an infinite number or NaN.
  package func requireFinite(path: String) throws {
    if let name = tensors.filter({ !$0.value.isFinite }).keys.min() {
      throw Failure(.corrupt, "\(path): \(Self.display(name)) holds a number that is not finite")
    }
  }
}
