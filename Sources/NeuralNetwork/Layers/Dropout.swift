import Support

/// Sets each element to 0 with a probability and divides the others by 1 − probability, in training
/// only (PyTorch's `Dropout`).
///
/// Source: N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from
/// Overfitting", JMLR 15 (2014).
package final class Dropout: Layer {
  /// The probability of zeroing an element, 0 ... 1.
  package let rate: Double

  /// What each element was multiplied by: 0 or 1 / (1 − rate).
  private var factors: Tensor?

  /// A layer that zeroes with a probability of `rate`, 0 ... 1.
  package init(rate: Double) {
    precondition((0...1).contains(rate), "a probability")
    self.rate = rate
  }

  package func outputShape(for input: Shape) -> Shape { input }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    factors = nil
    guard case .training(let draws) = mode, rate > 0 else { return input }
    let factors = Self.factors(rate: rate, shape: input.shape, draws: draws)
    self.factors = factors
    var output = input.materialized()
    output.multiply(by: factors)
    return LazyActivations(output)
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    guard let factors else { return epilogue.apply(to: outputGradient) }
    self.factors = nil
    var gradient = outputGradient
    gradient.multiply(by: factors)
    return epilogue.apply(to: gradient)
  }

  /// The factors of a batch, drawn for each image from a stream of its own.
  package static func factors(rate: Double, shape: Shape, draws: Draws) -> Tensor {
    precondition(draws.samples.count == shape.count, "a sample for every image")
    // An element is dropped when its 32 random bits are below rate · 2³².
    let threshold = UInt64((rate * 0x1p32).rounded())
    let keep = rate == 1 ? 0 : Float(1 / (1 - rate))
    var factors = Tensor(uninitialized: shape)
    factors.withMutableElements { elements in
      nonisolated(unsafe) let elements = elements
      Parallel.forEach(shape.count) { n in
        var stream = RandomStream(
          seed: draws.seed, purpose: .dropout, epoch: draws.epoch, sample: draws.samples[n])
        for i in n * shape.imageSize..<(n + 1) * shape.imageSize {
          elements[i] = UInt64(stream.nextUInt32()) < threshold ? 0 : keep
        }
      }
    }
    return factors
  }
}
