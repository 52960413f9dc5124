/// Two sums per channel over a batch, in double precision.
///
/// A block of images is summed in chunks of the pixels that are added together, and the blocks are
/// combined by `Reduction`; the thread that adds a block changes no bit.
final class BatchSums: @unchecked Sendable {
  /// The images of each block.
  let blocks: [Range<Int>]

  private let channels: Int
  /// The pixels of an image.
  private let pixels: Int
  /// The channels, rounded up to whole groups of lanes.
  private let padded: Int
  /// The first sums of a block, then its second sums.
  private let sums: UnsafeMutablePointer<Double>
  /// The number of pixels of each block that have been added.
  private let added: UnsafeMutablePointer<Int>

  /// The pixels of a chunk: few enough for all their channels to stay in the first-level cache.
  private static let chunk = 64

  /// Sums of zero.
  init(over shape: Shape, channels: Int) {
    blocks = Reduction.blocks(of: shape.count)
    self.channels = channels
    pixels = shape.pixels
    padded = roundedToGroup(channels)
    sums = .allocate(capacity: blocks.count * 2 * padded)
    sums.initialize(repeating: 0, count: blocks.count * 2 * padded)
    added = .allocate(capacity: blocks.count)
    added.initialize(repeating: 0, count: blocks.count)
  }

  deinit {
    sums.deallocate()
    added.deallocate()
  }

  /// Adds the terms of some pixels of a block, counted over the whole batch. All pixels of a block are
  /// added in ascending order.
  ///
  /// No two threads may add to a block at once.
  func add(_ terms: some ChannelTerms, ofBlock block: Int, _ pixels: Range<Int>) {
    precondition(pixels.lowerBound == missing(ofBlock: block).lowerBound, "in ascending order")
    let firstSum = sums + block * 2 * padded
    added[block] += pixels.count
    for start in stride(from: pixels.lowerBound, to: pixels.upperBound, by: Self.chunk) {
      let chunk = start..<min(pixels.upperBound, start + Self.chunk)
      var c = 0
      while c + 64 <= channels {
        add(terms, chunk, groups: 4, c, PartialLanes(count: 16), to: firstSum + c)
        c += 64
      }
      while c < channels {
        let lanes = PartialLanes(count: min(16, channels - c))
        add(terms, chunk, groups: 1, c, lanes, to: firstSum + c)
        c += 16
      }
    }
  }

  /// The pixels of a block that have not been added yet.
  func missing(ofBlock block: Int) -> Range<Int> {
    let images = blocks[block]
    return images.lowerBound * pixels + added[block]..<images.upperBound * pixels
  }

  /// Adds some pixels to one group of 16 channels or to four neighboring ones. Four read longer runs of
  /// memory, which the processor prefetches better than single cache lines.
  @inline(__always)
  private func add(
    _ terms: some ChannelTerms, _ pixels: Range<Int>, groups: Int, _ c: Int, _ lanes: PartialLanes,
    to first: UnsafeMutablePointer<Double>
  ) {
    var (s0, s1, s2, s3) = (LaneSums(), LaneSums(), LaneSums(), LaneSums())
    for pixel in pixels {
      s0.add(terms.term(pixel, c, lanes))
      // A constant after inlining, here and below.
      if groups == 4 {
        s1.add(terms.term(pixel, c &+ 16, lanes))
        s2.add(terms.term(pixel, c &+ 32, lanes))
        s3.add(terms.term(pixel, c &+ 48, lanes))
      }
    }
    let second = first + padded
    s0.add(to: first, second)
    if groups == 4 {
      s1.add(to: first + 16, second + 16)
      s2.add(to: first + 32, second + 32)
      s3.add(to: first + 48, second + 48)
    }
  }

  /// The memory of a block's sums, for a kernel that adds all of its pixels.
  func sums(ofBlock block: Int) -> MomentSums {
    let first = sums + block * 2 * padded
    return MomentSums(first: first, second: first + padded)
  }

  /// Notes that all pixels of a block have been added to its memory.
  func complete(block: Int) { added[block] = blocks[block].count * pixels }

  /// Combines the blocks in place and returns the sums; to be called once.
  func total() -> (first: [Double], second: [Double]) {
    precondition(
      !blocks.isEmpty && blocks.indices.allSatisfy { added[$0] == blocks[$0].count * pixels },
      "all blocks have been added")
    Reduction.combine(sums, count: blocks.count, size: 2 * padded)
    func array(_ first: UnsafePointer<Double>) -> [Double] {
      Array(UnsafeBufferPointer(start: first, count: channels))
    }
    return (array(sums), array(sums + padded))
  }
}

/// The terms that a pixel adds to the two sums of a channel: `value`, and `factor` · `other`.
protocol ChannelTerms: Sendable {
  typealias Term = (value: SIMD16<Float>, factor: SIMD16<Float>, other: SIMD16<Float>)

  /// The terms of up to 16 neighboring channels of a pixel, counted over the whole batch.
  func term(_ pixel: Int, _ channel: Int, _ lanes: PartialLanes) -> Term
}

/// Two sums for each of 16 channels.
private struct LaneSums {
  private var first = (SIMD8<Double>(), SIMD8<Double>())
  private var second = (SIMD8<Double>(), SIMD8<Double>())

  /// Adds `value` to the first and `factor` · `other` to the second.
  @inline(__always)
  mutating func add(_ term: ChannelTerms.Term) {
    first.0 += SIMD8<Double>(term.value.lowHalf)
    first.1 += SIMD8<Double>(term.value.highHalf)
    second.0.addProduct(SIMD8<Double>(term.factor.lowHalf), SIMD8<Double>(term.other.lowHalf))
    second.1.addProduct(SIMD8<Double>(term.factor.highHalf), SIMD8<Double>(term.other.highHalf))
  }

  /// Adds the sums to 16 numbers each.
  func add(to first: UnsafeMutablePointer<Double>, _ second: UnsafeMutablePointer<Double>) {
    for i in 0..<8 {
      first[i] += self.first.0[i]
      first[8 + i] += self.first.1[i]
      second[i] += self.second.0[i]
      second[8 + i] += self.second.1[i]
    }
  }
}
