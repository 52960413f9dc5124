import Testing

@testable import NeuralNetwork

@Suite("Packed weights")
struct PackedWeightsTests {
  @Test("Weights packed for the backward pass swap channels and are rotated by 180°")
  func backwardKernels() {
    let convolution = Convolution(inputChannels: 2, outputChannels: 3, kernelSize: 2)
    let weight = (0..<24).map { Float($0) }
    weight.withPointer { weight in
      let forward = KernelWeights(forwardOf: convolution, weight)
      let backward = KernelWeights(backwardOf: convolution, weight)
      #expect(forward.outputs == 3 && forward.channels == 2)
      #expect(backward.outputs == 2 && backward.channels == 3)
      #expect(forward[2, 1, 0] == 17)
      for output in 0..<3 {
        for input in 0..<2 {
          for tap in 0..<4 {
            #expect(backward[input, 3 - tap, output] == forward[output, tap, input])
          }
        }
      }
    }
  }

  @Test("Spare outputs of the last group are 0 in memory that has been used before")
  func spareOutputs() {
    let used = PackedWeights(outputs: 16, size: 300) { _, width, target in
      for i in 0..<300 * width { target[i] = 7 }
    }
    withExtendedLifetime(used) {}
    let packed = PackedWeights(outputs: 10, size: 300) { _, width, target in
      for i in 0..<300 { for o in 0..<10 { target[i * width + o] = 1 } }
    }
    for i in 0..<300 {
      for o in 0..<16 { #expect(packed.pointer[i * 16 + o] == (o < 10 ? 1 : 0)) }
    }
  }
}
