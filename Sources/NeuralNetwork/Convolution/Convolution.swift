import Support

/// The sizes of a two-dimensional convolution with square kernels.
package struct Convolution: Equatable, Sendable {
  /// Channels of the input.
  package var inputChannels: Int
  /// Channels of the output, one a kernel.
  package var outputChannels: Int
  /// Height and width of the kernel in pixels.
  package var kernelSize: Int
  /// The pixels between two neighboring windows.
  package var stride: Int
  /// The zeros put around the image, in pixels.
  package var padding: Int

  /// - Precondition: All are above 0, and the padding is 0 or more and smaller than the kernel.
  package init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0
  ) {
    precondition(inputChannels >= 1 && outputChannels >= 1, "at least one channel")
    precondition(kernelSize >= 1 && stride >= 1, "sizes are positive")
    precondition((0..<kernelSize).contains(padding), "every window sees a pixel of the image")
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
  }

  /// The extents of the weight: (outputs, inputs, kernel height, kernel width).
  package var weightShape: [Int] { [outputChannels, inputChannels, kernelSize, kernelSize] }

  /// The inputs that one output is a sum of.
  package var fanIn: Int { inputChannels * kernelSize * kernelSize }

  /// (N, H', W', outputs) with H' = ⌊(H + 2 · padding − kernel) / stride⌋ + 1.
  ///
  /// H' or W' is 0 for an image smaller than the kernel.
  package func outputShape(for input: Shape) -> Shape {
    Shape(input.count, extent(input.height), extent(input.width), outputChannels)
  }

  private func extent(_ extent: Int) -> Int {
    let room = extent + 2 * padding - kernelSize
    return room < 0 ? 0 : room / stride + 1
  }

  /// Calls `body` for every weight with its output channel, its position in a window, (ky, kx,
  /// inputs), and its index in the weight, (outputs, inputs, ky, kx).
  func forEachWeight(_ body: (_ output: Int, _ position: Int, _ index: Int) -> Void) {
    let taps = kernelSize * kernelSize
    var index = 0
    for output in 0..<outputChannels {
      for input in 0..<inputChannels {
        for tap in 0..<taps {
          body(output, tap * inputChannels + input, index)
          index += 1
        }
      }
    }
  }
}

/// What computes convolutions: the seam between the layers and their arithmetic.
///
/// An engine cuts its sums into blocks fixed by the shapes, so that its results depend neither on
/// the number of threads nor, for one image's outputs and input gradients, on the batch.
package protocol ConvolutionEngine: Sendable {
  /// The name on the command line and in a run's record.
  var name: String { get }

  /// Writes input ⋆ weight + bias, and its ReLU where asked for, into some channels of `output`.
  ///
  /// - Parameters:
  ///   - convolutions: One, or several side by side with the same input.
  ///   - input: Shape (N, H, W, inputs).
  ///   - output: Shape (N, H', W', C).
  func forward(_ convolutions: [ConvolutionOutput], input: LazyActivations, output: inout Tensor)

  /// Adds to the gradients of weights and biases what the batch contributes.
  ///
  /// - Parameters:
  ///   - convolutions: One, or several side by side with the same input, and the gradients of their
  ///     outputs.
  ///   - input: What `forward` was given.
  ///   - needsInputGradient: Whether the gradient of the input is wanted.
  ///   - epilogue: What is done with the input's gradient then.
  /// - Returns: The gradient of the input, the sum over the convolutions in their order, where it is
  ///   wanted.
  func backward(
    _ convolutions: [ConvolutionGradient], input: LazyActivations, needsInputGradient: Bool,
    epilogue: Epilogue
  ) -> Tensor?

  /// Counts what `backward` takes memory for, besides the gradient of the input.
  ///
  /// - Parameters:
  ///   - convolutions: The sizes of one, or of several side by side with the same input.
  ///   - input: Shape (N, H, W, inputs).
  ///   - threads: How many work at once.
  /// - Returns: Numbers of 4 bytes.
  func backwardMemory(
    _ convolutions: [Convolution], input: Shape, threads: Int
  ) -> BackwardMemory
}

/// A convolution on its way forward.
package struct ConvolutionOutput {
  /// The sizes.
  let convolution: Convolution
  /// Shape (outputs, inputs, kernel height, kernel width).
  let weight: Parameter
  /// Shape (outputs).
  let bias: Parameter
  /// Whether max(·, 0) is written.
  let appliesReLU: Bool
  /// Which channels of the output are written; as many as there are outputs.
  let channels: Range<Int>
  /// What those channels are added to, where someone wants their moments.
  let moments: BatchMoments?
}

/// A convolution on its way back.
package struct ConvolutionGradient {
  /// The sizes.
  let convolution: Convolution
  /// What the forward pass was given.
  let weight: Parameter
  /// What the forward pass was given.
  let bias: Parameter
  /// The gradient of the output, shape (N, H', W', outputs).
  let output: LazyGradient
}

/// The numbers that an engine's backward pass takes memory for.
package struct BackwardMemory {
  /// Until the gradients of weights and biases are asked for.
  package var kept: Int
  /// While the pass runs.
  package var passing: Int
}

extension ConvolutionEngine {
  /// Checks at the border of the kernels that every access will be inside its array.
  func checkExtents(
    _ convolution: Convolution, input: Shape, weight: Parameter, bias: Parameter,
    output: Shape, channels: Range<Int>
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
    precondition(
      weight.value.count == convolution.outputChannels * convolution.fanIn
        && bias.value.count == convolution.outputChannels, "a weight and a bias for every output")
  }
}
