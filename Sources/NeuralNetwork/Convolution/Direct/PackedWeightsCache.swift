import Support

/// Packed weights, kept until the parameter that they were packed from changes. Threads may share them.
final class PackedWeightsCache: Sendable {
  private let packed = Mutex<(version: Int, weights: PackedWeights)?>(nil)

  /// The packed value of a parameter, packed anew where its version is another one.
  func weights(
    of parameter: Parameter, pack: (UnsafePointer<Float>) -> PackedWeights
  ) -> PackedWeights {
    packed.withLock { packed in
      if let packed, packed.version == parameter.version { return packed.weights }
      // The old weights give their memory back first.
      packed = nil
      let weights = parameter.value.withPointer(pack)
      packed = (parameter.version, weights)
      return weights
    }
  }
}
