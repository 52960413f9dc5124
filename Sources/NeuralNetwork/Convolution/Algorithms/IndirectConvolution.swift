/// Convolution as sums over windows, which are found through an indirection buffer. It applies to
/// every convolution.
///
/// Source: M. Dukhan, "The Indirect Convolution Algorithm", 2019, arXiv:1907.02129, as in XNNPACK.
struct IndirectConvolution: ConvolutionAlgorithm {
  private let convolution: Convolution

  init(_ convolution: Convolution) {
    self.convolution = convolution
  }

  var tile: Int { 1 }

  /// Group of output channels by group, (ky, kx, inputs, outputs of the group).
  func pack(_ kernels: KernelWeights) -> PackedWeights {
    let taps = convolution.taps
    return PackedWeights(outputs: kernels.outputs, size: taps * kernels.channels) {
      first, width, target in
      var target = target
      for tap in 0..<taps {
        for channel in 0..<kernels.channels {
          for o in first..<min(kernels.outputs, first + width) {
            target[o - first] = kernels[o, tap, channel]
          }
          target += width
        }
      }
    }
  }

  func convolution(
    of image: PaddedImage, stride: Int, weights: PackedWeights, epilogue: KernelEpilogue,
    output: Shape
  ) -> ImageConvolution {
    let windows = IndirectionBuffer(
      kernelSize: convolution.kernelSize, stride: stride, in: image)
    let pixelStride = output.channels
    return { image, output, moments in
      ConvolutionKernel.run(
        windows, image, weights: weights, epilogue: epilogue, output: output,
        pixelStride: pixelStride, moments: moments)
    }
  }

  func weightGradient(
    of input: PaddedImage, gradient: PaddedImage, output: Shape
  ) -> ImageWeightGradient {
    let windows = IndirectionBuffer(
      kernelSize: convolution.kernelSize, stride: convolution.stride, in: input)
    let pixels = gradient.imagePixels
    let outputs = convolution.outputChannels
    return { image, gradient, sums in
      WeightGradientKernel.run(
        windows, image, gradient: gradient, pixels: pixels, outputs: outputs, sums: sums)
    }
  }

  var weightRows: Int { convolution.fanIn }

  func writeWeightGradient(_ sums: SumRows, to gradient: UnsafeMutablePointer<Float>) {
    gradient.update(from: sums.first, count: convolution.fanIn * sums.stride)
  }
}
