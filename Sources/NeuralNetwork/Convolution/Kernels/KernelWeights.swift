/// The kernels of a convolution: one number for each output, tap and channel.
struct KernelWeights {
  let outputs: Int
  let channels: Int
  private let first: UnsafePointer<Float>
  private let outputStride: Int
  private let channelStride: Int
  private let tapStride: Int

  /// The kernels of the forward pass, from a weight of shape (outputs, inputs, kernel height, kernel
  /// width).
  init(forwardOf convolution: Convolution, _ weight: UnsafePointer<Float>) {
    (outputs, channels) = (convolution.outputChannels, convolution.inputChannels)
    (outputStride, channelStride) = (channels * convolution.taps, convolution.taps)
    (first, tapStride) = (weight, 1)
  }

  /// The kernels whose convolution with the output's gradient is the input's: outputs and inputs change
  /// places, and each kernel is rotated by 180°.
  init(backwardOf convolution: Convolution, _ weight: UnsafePointer<Float>) {
    (outputs, channels) = (convolution.inputChannels, convolution.outputChannels)
    (outputStride, channelStride) = (convolution.taps, outputs * convolution.taps)
    (first, tapStride) = (weight + (convolution.taps - 1), -1)
  }

  @inline(__always)
  subscript(output: Int, tap: Int, channel: Int) -> Float {
    first[output &* outputStride &+ channel &* channelStride &+ tap &* tapStride]
  }
}
