import Support

/// A convolution as the direct engine computes it: with one algorithm, from weights that are packed
/// again only when they have changed.
final class DirectPlan: ConvolutionPlan {
  let convolution: Convolution
  let algorithm: any ConvolutionAlgorithm
  private let forward = PackedWeightsCache()
  private let backward = PackedWeightsCache()

  init(_ convolution: Convolution, _ algorithm: any ConvolutionAlgorithm) {
    (self.convolution, self.algorithm) = (convolution, algorithm)
  }

  /// The weights of the forward pass.
  func forwardWeights(_ weight: Parameter) -> PackedWeights {
    forward.weights(of: weight) {
      algorithm.pack(KernelWeights(forwardOf: convolution, $0))
    }
  }

  /// The weights of the convolution that gives the gradient with respect to the input.
  func backwardWeights(_ weight: Parameter) -> PackedWeights {
    backward.weights(of: weight) {
      algorithm.pack(KernelWeights(backwardOf: convolution, $0))
    }
  }
}

/// Packed weights, kept until the value that they were packed from changes. Threads may share them.
final class PackedWeightsCache: Sendable {
  private let packed = Mutex<(version: Parameter.Version, weights: PackedWeights)?>(nil)

  /// The packed value of a parameter, which is packed unless the last one had the same version.
  func weights(
    of parameter: Parameter, pack: (UnsafePointer<Float>) -> PackedWeights
  ) -> PackedWeights {
    packed.withLock { packed in
      if let packed, packed.version === parameter.version { return packed.weights }
      // Frees the old weights' memory for the new ones.
      packed = nil
      let weights = parameter.value.withPointer(pack)
      packed = (parameter.version, weights)
      return weights
    }
  }
}
