import Testing

@testable import NeuralNetwork

@Suite("Values kept under versions")
struct VersionedCacheTests {
  @Test("A value is computed once per change for all parameters that share theirs")
  func parameters() {
    let original = Parameter("weight", shape: [1, 3, 1, 1], repeating: 1)
    let copy = Parameter("weight", shape: [1, 3, 1, 1])
    let cache = VersionedCache<Float>()
    var computations = 0
    func first(_ parameter: Parameter) -> Float {
      cache.value(for: [parameter.version]) {
        computations += 1
        return parameter.value[0]
      }
    }
    copy.share(original)
    #expect(first(original) == 1 && first(copy) == 1 && computations == 1)
    original.value[0] = 5
    copy.share(original)
    #expect(first(copy) == 5 && first(original) == 5 && computations == 2)
  }

  @Test("A value is computed again when any of several versions changes")
  func severalVersions() {
    let weight = Parameter("weight", shape: [1], repeating: 1)
    let statistics = Buffer("running_mean", .numbers([0]))
    let copy = Buffer("running_mean", .numbers([0]))
    let cache = VersionedCache<Int>()
    var computations = 0
    func compute(_ buffer: Buffer) -> Int {
      cache.value(for: [weight.version, buffer.version]) {
        computations += 1
        return computations
      }
    }
    #expect(compute(statistics) == 1 && compute(statistics) == 1)
    statistics.contents = .numbers([0])
    #expect(compute(statistics) == 2)
    copy.share(statistics)
    #expect(compute(copy) == 2)
    weight.value = [1]
    #expect(compute(copy) == 3)
  }

  @Test("Parameters that have changed equally often, to different values, share nothing")
  func differentValues() {
    let cache = VersionedCache<[Float]>()
    for value in [2, 3] as [Float] {
      let parameter = Parameter("weight", shape: [1, 1, 1, 1])
      parameter.value = [value]
      #expect(cache.value(for: [parameter.version]) { parameter.value } == [value])
    }
  }
}
