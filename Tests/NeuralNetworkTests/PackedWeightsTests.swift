import Testing

@testable import NeuralNetwork

@Suite("Packed weights")
struct PackedWeightsTests {
  @Test("Weights are packed once per change for all parameters that share the value")
  func cache() {
    let original = Parameter("weight", shape: [1, 3, 1, 1], repeating: 1)
    let copy = Parameter("weight", shape: [1, 3, 1, 1])
    let cache = PackedWeightsCache()
    var packings = 0
    func packed(_ parameter: Parameter) -> Float {
      cache.weights(of: parameter) { weight in
        packings += 1
        return PackedWeights(outputs: 1, size: 1) { _, _, target in target[0] = weight[0] }
      }.pointer[0]
    }
    copy.share(original)
    #expect(packed(original) == 1 && packed(copy) == 1 && packings == 1)
    original.value[0] = 5
    copy.share(original)
    #expect(packed(copy) == 5 && packed(original) == 5 && packings == 2)
  }

  @Test("Parameters that have changed equally often, to different values, share no packed weights")
  func differentValues() {
    let cache = PackedWeightsCache()
    for value in [2, 3] as [Float] {
      let parameter = Parameter("weight", shape: [1, 1, 1, 1])
      parameter.value = [value]
      let packed = cache.weights(of: parameter) { weight in
        PackedWeights(outputs: 1, size: 1) { _, _, target in target[0] = weight[0] }
      }
      #expect(packed.pointer[0] == value)
    }
  }

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
}
