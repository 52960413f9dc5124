import NeuralNetwork

/// The implementation of convolutions.
public enum Engine: String, CaseIterable, Sendable {
  /// This project's own kernels, with the same bits on every processor.
  case direct
  /// Matrix products of the system's OpenBLAS, for comparison.
  case openblas

  /// The engine itself.
  ///
  /// - Throws: `Failure` with code 66 if OpenBLAS cannot be loaded.
  package var convolutions: any ConvolutionEngine {
    get throws {
      switch self {
      case .direct: DirectEngine()
      case .openblas: try OpenBLASEngine()
      }
    }
  }
}
