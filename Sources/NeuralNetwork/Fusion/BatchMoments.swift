import Support

/// The sums of x and x² over some channels of a tensor.
package struct BatchMoments: ChannelSums {
  private let channels: Range<Int>
  private let sums: BatchSums

  /// Sums of zero over some channels of a tensor of a shape.
  init(over shape: Shape, channels: Range<Int>) {
    self.channels = channels
    sums = BatchSums(over: shape, channels: channels.count)
  }

  /// The sums over some channels of a tensor.
  init(of tensor: Tensor, channels: Range<Int>) {
    self.init(over: tensor.shape, channels: channels)
    tensor.withPointer { first in
      let terms = terms(first, tensor.shape)
      let sums = sums
      Parallel.forEach(sums.blocks.count) {
        sums.add(terms, ofBlock: $0, sums.missing(ofBlock: $0))
      }
    }
  }

  package func add(
    _ pixels: Range<Int>, of tensor: UnsafePointer<Float>, shape: Shape, block: Int
  ) {
    sums.add(terms(tensor, shape), ofBlock: block, pixels)
  }

  /// The sums of a block, for a kernel that adds all of its pixels.
  func sums(ofBlock block: Int) -> MomentSums { sums.sums(ofBlock: block) }

  /// Notes that a kernel has added all pixels of a block.
  func complete(block: Int) { sums.complete(block: block) }

  private func terms(_ tensor: UnsafePointer<Float>, _ shape: Shape) -> Moments {
    Moments(input: tensor + channels.lowerBound, pixelStride: shape.channels)
  }

  /// The sums over the whole batch; to be called once.
  func total() -> (first: [Double], second: [Double]) { sums.total() }
}

/// x and x².
private struct Moments: ChannelTerms, @unchecked Sendable {
  let input: UnsafePointer<Float>
  let pixelStride: Int

  @inline(__always)
  func term(_ pixel: Int, _ channel: Int, _ lanes: PartialLanes) -> Term {
    let x = lanes.load(input + (pixel &* pixelStride &+ channel))
    return (x, x, x)
  }
}
