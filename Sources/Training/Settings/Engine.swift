import NeuralNetwork

/// The implementation of convolutions.
public enum Engine: String, CaseIterable, Sendable {
  /// This project's own kernels, with the same bits on every processor.
  case direct
  /// Matrix products of the system's OpenBLAS, for comparison.
  case openblas

  /// The engine itself.
  package var convolutions: any ConvolutionEngine {
    switch self {
    case .direct: DirectEngine()
    case .openblas: OpenBLASEngine()
    }
  }
}
