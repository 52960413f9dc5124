/// A convolution as the direct engine computes it: with one algorithm, from weights that are packed
/// again only when they have changed.
final class DirectPlan: ConvolutionPlan {
  let convolution: Convolution
  let algorithm: any ConvolutionAlgorithm
  var gradientOrder: Parameter.GradientOrder? { convolution.gradientOrder }
  private let forward = VersionedCache<PackedWeights>()
  private let backward = VersionedCache<PackedWeights>()

  init(_ convolution: Convolution, _ algorithm: any ConvolutionAlgorithm) {
    (self.convolution, self.algorithm) = (convolution, algorithm)
  }

  /// The weights of the forward pass.
  func forwardWeights(_ weights: ConvolutionWeights) -> PackedWeights {
    forward.value(for: [weights.version]) {
      weights.weight.withPointer {
        algorithm.pack(KernelWeights(forwardOf: convolution, $0))
      }
    }
  }

  /// The weights of the convolution that gives the gradient with respect to the input.
  func backwardWeights(_ weight: Parameter) -> PackedWeights {
    backward.value(for: [weight.version]) {
      weight.value.withPointer {
        algorithm.pack(KernelWeights(backwardOf: convolution, $0))
      }
    }
  }
}
