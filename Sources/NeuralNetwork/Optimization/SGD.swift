/// Stochastic gradient descent with momentum and weight decay (PyTorch's `SGD`, no dampening, no
/// Nesterov step).
///
/// d = gradient + weightDecay · value; velocity = momentum · velocity + d, at the first step d;
/// value −= learningRate · velocity. The learning rate multiplies when the velocity is used, so a
/// change of it acts at once.
package struct SGD {
  /// The share of the last velocity that the next one keeps.
  package let momentum: Float
  /// How much of each weight is added to its gradient.
  package let weightDecay: Float
  /// One array a parameter, empty before the first step and without momentum.
  package var velocities: [[Float]]

  private let parameters: [Parameter]

  /// An optimizer whose velocities are still empty: the first step takes the gradients as they are.
  package init(_ parameters: [Parameter], momentum: Double, weightDecay: Double) {
    self.parameters = parameters
    self.momentum = Float(momentum)
    self.weightDecay = Float(weightDecay)
    velocities = parameters.map { _ in [] }
  }

  /// Moves every parameter against its gradient.
  package mutating func step(learningRate: Double) {
    let rate = Float(learningRate)
    for (index, parameter) in parameters.enumerated() {
      let isFirst = velocities[index].isEmpty
      if momentum != 0, isFirst {
        velocities[index] = [Float](repeating: 0, count: parameter.value.count)
      }
      var value = parameter.value
      value.withUnsafeMutableBufferPointer { value in
        parameter.gradient.withUnsafeBufferPointer { gradient in
          velocities[index].withUnsafeMutableBufferPointer { velocity in
            for i in value.indices {
              var direction = gradient[i]
              if weightDecay != 0 { direction.addProduct(weightDecay, value[i]) }
              if momentum != 0 {
                if !isFirst { direction = velocity[i] * momentum + direction }
                velocity[i] = direction
              }
              value[i].addProduct(-rate, direction)
            }
          }
        }
      }
      parameter.value = value
    }
  }
}
