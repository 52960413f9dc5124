/// Computes convolutions: the seam between the layers and their arithmetic.
///
/// An engine cuts its sums into blocks fixed by the shapes, so its results do not depend on the number
/// of threads, and an image's output and input gradient do not depend on the rest of the batch.
package protocol ConvolutionEngine: Sendable {
  /// The name on the command line and in a run's record.
  var name: String { get }

  /// Prepares a convolution for this engine.
  func plan(for convolution: Convolution) -> any ConvolutionPlan

  /// Computes input ⋆ weight + bias, followed by a ReLU if requested, into some channels of `output`.
  ///
  /// - Parameters:
  ///   - convolutions: One or several convolutions that read the same input.
  ///   - input: Shape (N, H, W, inputs).
  ///   - output: Shape (N, H', W', C).
  func forward(_ convolutions: [ConvolutionOutput], input: LazyActivations, output: inout Tensor)

  /// Computes the gradient with respect to the input from the gradients with respect to the outputs;
  /// accumulates the gradients of weights and biases.
  ///
  /// - Parameters:
  ///   - convolutions: The convolutions of `forward`, each with the gradient of its output.
  ///   - input: The input of `forward`.
  ///   - needsInputGradient: Whether the input's gradient is needed.
  ///   - epilogue: Applied to the input's gradient while it is written.
  /// - Returns: The sum over the convolutions in their order; `nil` if it is not needed.
  func backward(
    _ convolutions: [ConvolutionGradient], input: LazyActivations, needsInputGradient: Bool,
    epilogue: Epilogue
  ) -> Tensor?

  /// The memory that `backward` needs besides the input's gradient.
  ///
  /// - Parameters:
  ///   - convolutions: One or several convolutions that read the same input.
  ///   - input: Shape (N, H, W, inputs).
  ///   - threads: The number of threads that work at once.
  /// - Returns: The memory in units of 4 bytes.
  func backwardMemory(
    _ convolutions: [Convolution], input: Shape, threads: Int
  ) -> BackwardMemory
}

/// A convolution as its engine has prepared it, with whatever the engine keeps from pass to pass.
///
/// Layers may share a plan, also on different threads.
package protocol ConvolutionPlan: Sendable {
  /// The sizes.
  var convolution: Convolution { get }

  /// The order in which the engine sums the gradient of the weight; `nil` for the weight's.
  var gradientOrder: Parameter.GradientOrder? { get }
}

extension ConvolutionPlan {
  package var gradientOrder: Parameter.GradientOrder? { nil }
}

/// One convolution of a forward pass.
package struct ConvolutionOutput {
  /// The convolution as the engine has prepared it.
  let plan: any ConvolutionPlan
  let weights: ConvolutionWeights
  /// Whether a ReLU is applied to the result.
  let appliesReLU: Bool
  /// The channels of the output tensor to write, one per output of the convolution.
  let channels: Range<Int>
  /// Sums over those channels, taken while they are written; `nil` for none.
  let moments: BatchMoments?
}

/// One convolution of a backward pass.
package struct ConvolutionGradient {
  /// The plan of the forward pass.
  let plan: any ConvolutionPlan
  /// The weight of the forward pass.
  let weight: Parameter
  /// The bias of the forward pass.
  let bias: Parameter
  /// The gradient with respect to the output, shape (N, H', W', outputs).
  let output: LazyGradient
}

/// The memory that an engine's backward pass needs, in units of 4 bytes.
package struct BackwardMemory {
  /// The memory kept until the gradients of weights and biases are read.
  package var kept: Int
  /// The memory needed only while the pass runs.
  package var passing: Int
}

extension ConvolutionEngine {
  /// Checks, before kernels work with bare pointers, that all accesses stay inside their arrays.
  func checkExtents(
    _ convolution: Convolution, input: Shape, output: Shape, channels: Range<Int>
  ) {
    let expected = convolution.outputShape(for: input)
    precondition(
      input.channels == convolution.inputChannels,
      "expected \(convolution.inputChannels) channels, got \(input)")
    precondition(
      output.count == expected.count && output.height == expected.height
        && output.width == expected.width, "expected an output like \(expected), got \(output)")
    precondition(
      channels.lowerBound >= 0 && channels.upperBound <= output.channels
        && channels.count == convolution.outputChannels, "channels \(channels) of \(output)")
  }
}
