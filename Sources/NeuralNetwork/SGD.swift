/// Stochastic gradient descent with momentum and weight decay (PyTorch's `SGD`, no dampening, no
/// Nesterov step).
///
/// d = gradient + weightDecay · value; velocity = momentum · velocity + d, at the first step d;
/// value −= learningRate · velocity. The learning rate multiplies when the velocity is used, so a
/// change of it acts at once.
public struct SGD {
  public let momentum: Float
  public let weightDecay: Float
  /// One array a parameter, empty before the first step and without momentum.
  public var velocities: [[Float]]

  private let parameters: [Parameter]

  public init(_ parameters: [Parameter], momentum: Double, weightDecay: Double) {
    self.parameters = parameters
    self.momentum = Float(momentum)
    self.weightDecay = Float(weightDecay)
    velocities = parameters.map { _ in [] }
  }

  /// Moves every parameter against its gradient.
  public mutating func step(learningRate: Double) {
    let rate = Float(learningRate)
    for (index, parameter) in parameters.enumerated() {
      var direction = parameter.gradient
      if weightDecay != 0 {
        for i in direction.indices { direction[i].addProduct(weightDecay, parameter.value[i]) }
      }
      if momentum != 0 {
        if velocities[index].isEmpty {
          velocities[index] = direction
        } else {
          for i in direction.indices {
            velocities[index][i] = velocities[index][i] * momentum + direction[i]
          }
          direction = velocities[index]
        }
      }
      var value = parameter.value
      for i in value.indices { value[i].addProduct(-rate, direction[i]) }
      parameter.value = value
    }
  }
}
