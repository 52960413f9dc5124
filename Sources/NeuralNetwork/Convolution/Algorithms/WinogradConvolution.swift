/// Winograd's minimal filtering F(4×4, 3×3): 36 products instead of 144 for each 4×4 tile of a 3×3
/// convolution with stride 1, per output and input channel.
///
///     Y = Aᵀ [ Σ channels (G g Gᵀ) ⊙ (Bᵀ d B) ] A
///
/// d is the tile's 6×6 window, g the kernel, ⊙ the element-wise product. It applies where the channels
/// fill whole groups of lanes.
///
/// Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015,
/// arXiv:1509.09308, section 4.
struct WinogradConvolution: ConvolutionAlgorithm {
  private let convolution: Convolution

  init?(_ convolution: Convolution) {
    guard
      convolution.kernelSize == 3 && convolution.stride == 1
        && convolution.inputChannels % 16 == 0 && convolution.outputChannels % 16 == 0
    else { return nil }
    self.convolution = convolution
  }

  var tile: Int { WinogradTransform.tile }

  /// Group of output channels by group, (positions, inputs, outputs of the group) of G g Gᵀ.
  func pack(_ kernels: KernelWeights) -> PackedWeights {
    let channels = kernels.channels
    return PackedWeights(outputs: kernels.outputs, size: WinogradTransform.positions * channels) {
      first, width, target in
      for channel in 0..<channels {
        for o in stride(from: 0, to: width, by: 16) {
          WinogradTransform.kernels(
            { tap in
              var weights = SIMD16<Float>()
              for lane in 0..<16 { weights[lane] = kernels[first + o + lane, tap, channel] }
              return weights
            }, to: target + channel * width + o, positionStride: channels * width)
        }
      }
    }
  }

  func convolution(
    of image: PaddedImage, stride: Int, weights: PackedWeights, epilogue: KernelEpilogue,
    output: Shape
  ) -> ImageConvolution {
    precondition(stride == 1, "Winograd's method needs stride 1")
    let tiles = WinogradTiles(height: output.height, width: output.width)
    let pixelStride = output.channels
    return { [image] pixels, output, moments in
      WinogradKernel.run(
        tiles, image.view(pixels), channels: image.channels, weights: weights, epilogue: epilogue,
        output: ImageView(
          output, rowStride: tiles.width * pixelStride, pixelStride: pixelStride),
        moments: moments)
    }
  }

  func weightGradient(
    of input: PaddedImage, gradient: PaddedImage, output: Shape
  ) -> ImageWeightGradient {
    let tiles = WinogradTiles(height: output.height, width: output.width)
    return { image, start, sums in
      WinogradWeightGradientKernel.run(
        tiles, input.view(image), inputs: input.channels,
        gradient: gradient.view(start + gradient.firstPixel), outputs: gradient.channels,
        sums: sums)
    }
  }

  var weightRows: Int { WinogradTransform.positions * convolution.inputChannels }

  func writeWeightGradient(_ sums: SumRows, to gradient: UnsafeMutablePointer<Float>) {
    let (inputs, lanes) = (convolution.inputChannels, sums.stride)
    for o in stride(from: 0, to: lanes, by: 16) {
      let group = WinogradWeightGradientKernel.group(of: o, inputs: inputs, sums)
      for i in 0..<inputs {
        WinogradTransform.kernelGradients(
          group.row(i), positionStride: inputs * group.stride
        ) { tap, gradients in
          gradients.store(gradient + ((tap &* inputs &+ i) &* lanes &+ o))
        }
      }
    }
  }
}
