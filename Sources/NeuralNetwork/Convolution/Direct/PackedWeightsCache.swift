import Support

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
