import Testing

@testable import NeuralNetwork

@Suite("Direct engine")
struct DirectEngineTests {
  @Test("The direct engine uses Winograd's method for 3×3, stride 1 and multiples of 16 channels")
  func choosesWinograd() {
    for padding in 0...2 {
      let convolution = Convolution(
        inputChannels: 16, outputChannels: 48, kernelSize: 3, padding: padding)
      #expect(DirectEngine().plan(for: convolution).direct.algorithm is WinogradConvolution)
    }
  }

  @Test(
    "The direct engine computes all other convolutions as sums over windows",
    arguments: [
      Convolution(inputChannels: 16, outputChannels: 16, kernelSize: 1),
      Convolution(inputChannels: 16, outputChannels: 16, kernelSize: 3, stride: 2),
      Convolution(inputChannels: 3, outputChannels: 64, kernelSize: 3),
      Convolution(inputChannels: 16, outputChannels: 10, kernelSize: 3),
      Convolution(inputChannels: 16, outputChannels: 16, kernelSize: 5),
    ])
  func choosesIndirect(convolution: Convolution) {
    #expect(DirectEngine().plan(for: convolution).direct.algorithm is IndirectConvolution)
  }
}
