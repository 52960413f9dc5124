import Support

/// Sets each element to 0 with a given probability and divides the others by 1 − probability, in
/// training only (PyTorch's `Dropout`).
///
/// Source: N. Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from
/// Overfitting", JMLR 15 (2014).
package final class Dropout: Layer {
  /// The probability of zeroing an element, 0 ... 1.
  package let rate: Double

  /// The factor of each element: 0 or 1 / (1 − rate).
  private var factors: Tensor?

  /// Creates a dropout with a probability of zeroing of `rate`, 0 ... 1.
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

  package func kind(for input: Shape) -> LayerKind { LayerKind("Dropout", phrase: "dropout") }

  /// The factors are kept in addition to the output; the gradient is multiplied in place.
  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    guard rate > 0 else { return LayerMemory(forward: [], backward: []) }
    return LayerMemory(
      forward: [input.elements, input.elements], backward: [-2 * input.elements])
  }

  /// Draws the factors of a batch, for each image from its own stream.
  package static func factors(rate: Double, shape: Shape, draws: Draws) -> Tensor {
    precondition(draws.samples.count == shape.count, "one sample per image")
    // An element is dropped when its 32 random bits are below rate · 2³².
    let threshold = UInt64((rate * 0x1p32).rounded())
    let keep = rate == 1 ? 0 : Float(1 / (1 - rate))
    return Tensor(shape) { factors in
      Parallel.forEach(shape.count) { n in
        var stream = RandomStream(
          seed: draws.seed, purpose: .dropout, epoch: draws.epoch, sample: draws.samples[n])
        for i in n * shape.imageSize..<(n + 1) * shape.imageSize {
          factors[i] = UInt64(stream.nextUInt32()) < threshold ? 0 : keep
        }
      }
    }
  }
}
