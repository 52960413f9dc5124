import TestSupport
import Testing

@testable import NeuralNetwork

@Suite("Sums over a batch")
struct BatchSumsTests {
  // Images have several chunks of pixels, the last one partial; channel counts fill four groups of
  // lanes, fewer, and part of one.
  static let shapes = [Shape(3, 9, 11, 16), Shape(20, 7, 5, 112), Shape(33, 3, 3, 70)]

  @Test("Batch sums add up x and x² per channel", arguments: shapes)
  func definition(shape: Shape) {
    let tensor = randomTensor(shape, seed: 1)
    let channels = 3..<shape.channels
    let sums = BatchMoments(of: tensor, channels: channels).total()
    let elements = tensor.elements
    for c in channels {
      let values = stride(from: c, to: elements.count, by: shape.channels).map {
        Double(elements[$0])
      }
      let squares = values.map { $0 * $0 }
      #expect(abs(sums.first[c - 3] - values.reduce(0, +)) <= 1e-12 * Double(values.count))
      #expect(abs(sums.second[c - 3] - squares.reduce(0, +)) <= 1e-12 * Double(values.count))
    }
  }

  @Test("Batch sums have the same bits taken at once and in whole chunks", arguments: shapes)
  func increments(shape: Shape) {
    let tensor = randomTensor(shape, seed: 2)
    let whole = BatchMoments(of: tensor, channels: 0..<shape.channels).total()
    let moments = BatchMoments(over: shape, channels: 0..<shape.channels)
    tensor.withPointer { first in
      for (block, images) in Reduction.blocks(of: shape.count).enumerated() {
        let last = images.upperBound * shape.pixels
        for start in stride(from: images.lowerBound * shape.pixels, to: last, by: 128) {
          moments.add(start..<min(last, start + 128), of: first, shape: shape, block: block)
        }
      }
    }
    let parts = moments.total()
    #expect(parts.first == whole.first && parts.second == whole.second)
  }
}
