import NeuralNetwork

// An optimizer's state in and out of safetensors files, under names such as
// `optimizer.conv1.conv2d.weight.momentum_buffer`.

extension Optimizer {
  /// The tensors that a file of this optimizer's state holds after the first step.
  package var stateEntries: [StateEntry] {
    parameters.flatMap { parameter in
      stateShapes(for: parameter).map { StateEntry(stateName(parameter, $0.key), $0.value) }
    }
  }

  /// The state as tensors of a file; none before the first step.
  package var stateTensors: [String: SafeTensors.Entry] {
    var tensors: [String: SafeTensors.Entry] = [:]
    for (parameter, arrays) in zip(parameters, state) {
      let shapes = stateShapes(for: parameter)
      for (name, array) in arrays {
        guard let shape = shapes[name] else {
          preconditionFailure("the optimizer does not declare its \(name)")
        }
        tensors[stateName(parameter, name)] = .init(array, shape: shape)
      }
    }
    return tensors
  }

  /// Moves the state out of a file that holds other tensors too.
  ///
  /// - Parameters:
  ///   - file: The contents of the file; the state is removed, other tensors stay.
  ///   - path: The name of the file in errors.
  /// - Throws: `Failure` with code 65 that lists everything that does not match.
  package mutating func takeState(from file: inout SafeTensors, path: String) throws {
    let own = SafeTensors(tensors: file.tensors.filter { $0.key.hasPrefix(optimizerPrefix) })
    for name in own.tensors.keys { file.tensors[name] = nil }
    let entries = try own.entries(matching: stateEntries, path: path)
    try own.requireFinite(path: path)
    state = parameters.map { parameter in
      stateShapes(for: parameter).keys.reduce(into: [:]) { arrays, name in
        arrays[name] = entries[stateName(parameter, name)]?.elements()
      }
    }
  }
}

private let optimizerPrefix = "optimizer."

private func stateName(_ parameter: Parameter, _ name: String) -> String {
  "\(optimizerPrefix)\(parameter.name).\(name)"
}
