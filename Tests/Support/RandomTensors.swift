import NeuralNetwork
import Support

/// Numbers drawn from the standard normal distribution; the same for the same seed.
package func randomNumbers(_ count: Int, seed: UInt64) -> [Float] {
  var stream = RandomStream(seed: seed, purpose: .shuffle)
  return (0..<count).map { _ in Float(stream.normalPair().0) }
}

/// A tensor of `randomNumbers(_:seed:)`.
package func randomTensor(_ shape: Shape, seed: UInt64) -> Tensor {
  Tensor(shape: shape, elements: randomNumbers(shape.elements, seed: seed))
}

/// A training mode for a batch of `count` images whose draws are the same in every call.
package func training(_ count: Int) -> Mode {
  .training(Draws(seed: 7, epoch: 1, samples: Array(0..<count)))
}
