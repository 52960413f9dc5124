import Support

extension Parameter {
  /// Draws a convolution's weight from N(0, 2 / fan-out), with fan-out = outputs · kernel pixels
  /// (PyTorch's `kaiming_normal_` with `mode="fan_out"`, `nonlinearity="relu"`).
  ///
  /// Source: K. He et al., "Delving Deep into Rectifiers", 2015, arXiv:1502.01852.
  ///
  /// - Parameters:
  ///   - seed: The seed of the run.
  ///   - index: The index of the parameter in the network, which keys its draws.
  package func initializeKaimingNormal(seed: UInt64, index: Int) {
    let fanOut = shape[0] * shape[2...].reduce(1, *)
    let deviation = (2 / Double(fanOut)).squareRoot()
    var stream = RandomStream(seed: seed, purpose: .initialization, sample: index)
    var weight: [Float] = []
    while weight.count < value.count {
      let (first, second) = stream.normalPair()
      weight += [Float(deviation * first), Float(deviation * second)]
    }
    value = Array(weight.prefix(value.count))
  }
}
