/// Updates a network's parameters from their gradients.
///
/// Each optimizer is a type in its own file; `Settings.makeOptimizer` chooses one.
package protocol Optimizer {
  /// The parameters that a step updates.
  var parameters: [Parameter] { get }

  /// Names and shapes of the arrays that are kept for a parameter from the first step on, such as
  /// `momentum_buffer`. An empty shape means a single number.
  func stateShapes(for parameter: Parameter) -> [String: [Int]]

  /// The arrays by name, one dictionary per parameter (the `state` of a PyTorch optimizer); empty
  /// dictionaries before the first step.
  var state: [[String: [Float]]] { get set }

  /// Updates every parameter.
  mutating func step(learningRate: Double)
}

extension Optimizer {
  /// The number of values in the state after a step.
  package var stateCount: Int {
    let shapes = parameters.flatMap { stateShapes(for: $0).values }
    return shapes.reduce(0) { $0 + $1.reduce(1, *) }
  }
}
