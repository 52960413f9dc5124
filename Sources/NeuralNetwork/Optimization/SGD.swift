/// Stochastic gradient descent with momentum and weight decay (PyTorch's `SGD` without dampening
/// and without Nesterov's variant).
///
///     d = gradient + weightDecay · value
///     buffer = momentum · buffer + d        (d in the first step)
///     value -= learningRate · buffer
///
/// The learning rate is applied when the momentum buffer is used, not when it is updated, so a new
/// rate takes effect at once.
package struct SGD: Optimizer {
  package let parameters: [Parameter]
  /// The fraction of the momentum buffer that a step keeps.
  package let momentum: Float
  /// The fraction of each value that is added to its gradient.
  package let weightDecay: Float
  package var state: [[String: [Float]]]

  private static let momentumBuffer = "momentum_buffer"

  /// An optimizer without state: its first step follows the gradients alone.
  package init(_ parameters: [Parameter], momentum: Double, weightDecay: Double) {
    self.parameters = parameters
    self.momentum = Float(momentum)
    self.weightDecay = Float(weightDecay)
    state = parameters.map { _ in [:] }
  }

  package func stateShapes(for parameter: Parameter) -> [String: [Int]] {
    momentum == 0 ? [:] : [Self.momentumBuffer: parameter.shape]
  }

  package mutating func step(learningRate: Double) {
    let rate = Float(learningRate)
    for (index, parameter) in parameters.enumerated() {
      // Moved out of the dictionary, so that it is updated in place and not copied.
      let kept = state[index].removeValue(forKey: Self.momentumBuffer)
      let isFirst = kept == nil
      var buffer = kept ?? [Float](repeating: 0, count: momentum == 0 ? 0 : parameter.value.count)
      var value = parameter.value
      value.withUnsafeMutableBufferPointer { value in
        parameter.gradient.withUnsafeBufferPointer { gradient in
          buffer.withUnsafeMutableBufferPointer { buffer in
            for i in value.indices {
              var direction = gradient[i]
              if weightDecay != 0 { direction.addProduct(weightDecay, value[i]) }
              if momentum != 0 {
                if !isFirst { direction = buffer[i] * momentum + direction }
                buffer[i] = direction
              }
              value[i].addProduct(-rate, direction)
            }
          }
        }
      }
      parameter.value = value
      if momentum != 0 { state[index][Self.momentumBuffer] = buffer }
    }
  }
}
