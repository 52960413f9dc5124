import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Moment sums")
struct MomentSumsTests {
  @Test(
    "Streamed pixels reach their place, whatever its alignment, and are summed",
    arguments: [16, 10, 35, 64], [0, 1, 16])
  func stream(channels: Int, offset: Int) {
    let (count, sourceStride, targetStride) = (37, roundedToGroup(channels), channels + 16 + offset)
    let source = randomNumbers(count * sourceStride, seed: 1)
    var target = [Float](repeating: -9, count: count * targetStride + offset)
    let padded = roundedToGroup(channels)
    var sums = [Double](repeating: 0, count: 2 * padded)
    sums.withMutablePointer { sums in
      target.withMutablePointer { target in
        source.withPointer {
          MomentSums(first: sums, second: sums + padded).stream(
            $0, sourceStride: sourceStride, count: count, channels: channels, to: target + offset,
            targetStride: targetStride)
        }
      }
    }
    for c in 0..<channels {
      let values = (0..<count).map { source[$0 * sourceStride + c] }
      let written = (0..<count).map { target[offset + $0 * targetStride + c] }
      #expect(written == values)
      let exact = values.map(Double.init)
      #expect(abs(sums[c] - exact.reduce(0, +)) <= 1e-5)
      #expect(abs(sums[padded + c] - exact.reduce(0) { $0 + $1 * $1 }) <= 1e-5)
    }
    #expect(target.count { $0 == -9 } == count * (targetStride - channels) + offset)
  }
}
