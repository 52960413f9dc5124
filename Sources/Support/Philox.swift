/// The use of a random stream. Streams for different purposes are independent.
package enum RandomPurpose: UInt32, Sendable {
  case initialization = 1
  case shuffle = 2
  case augmentation = 3
  case dropout = 4
  case demoImages = 5
  case bootstrap = 6
}

/// A counter-based stream of random numbers: Philox 4×32-10.
///
/// A stream is keyed by seed, purpose, epoch and sample. No draw depends on which thread asks first,
/// nor on what was drawn for another sample.
///
/// Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3",
/// SC11, doi 10.1145/2063384.2063405.
package struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>
  private var block = SIMD4<UInt32>()
  private var used = 4

  /// The stream of one sample.
  ///
  /// - Parameters:
  ///   - seed: The seed of the run.
  ///   - purpose: The use of the stream.
  ///   - epoch: The epoch, from 1; 0 outside of training.
  ///   - sample: The index of the sample, or of whatever else is drawn for.
  package init(seed: UInt64, purpose: RandomPurpose, epoch: Int = 0, sample: Int = 0) {
    key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
    counter = [
      0, UInt32(truncatingIfNeeded: sample), UInt32(truncatingIfNeeded: epoch), purpose.rawValue,
    ]
  }

  /// The next 32 bits.
  package mutating func nextUInt32() -> UInt32 {
    if used == 4 {
      block = philox(counter: counter, key: key)
      counter[0] &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  package mutating func next() -> UInt64 {
    let low = UInt64(nextUInt32())
    return low | UInt64(nextUInt32()) << 32
  }

  /// A uniformly distributed multiple of 2⁻⁵³ in [0, 1).
  package mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A uniformly distributed integer in 0 ..< `count`, without bias.
  ///
  /// - Precondition: `count` is in 1 ... 2³².
  package mutating func index(below count: Int) -> Int {
    precondition(count >= 1 && count <= 1 << 32, "a range of 1 to 2^32 values")
    // Lemire's method: take the high half of a product; reject the few low halves that would make
    // some values likelier than others.
    let range = UInt64(count)
    var product = UInt64(nextUInt32()) * range
    let threshold = (1 << 32) % range
    while product & 0xFFFF_FFFF < threshold {
      product = UInt64(nextUInt32()) * range
    }
    return Int(product >> 32)
  }

  /// Two independent draws from the standard normal distribution (Box and Muller, 1958).
  package mutating func normalPair() -> (Double, Double) {
    let radius = (-2 * Elementary.log(1 - uniform())).squareRoot()
    let (sine, cosine) = Elementary.sineAndCosine(2 * .pi * uniform())
    return (radius * cosine, radius * sine)
  }
}

/// One block of four random 32-bit words: ten rounds of Philox 4×32.
package func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
  var (counter, key) = (counter, key)
  for _ in 0..<10 {
    let first = UInt64(0xD251_1F53) * UInt64(counter[0])
    let second = UInt64(0xCD9E_8D57) * UInt64(counter[2])
    counter = [
      UInt32(truncatingIfNeeded: second >> 32) ^ counter[1] ^ key[0],
      UInt32(truncatingIfNeeded: second),
      UInt32(truncatingIfNeeded: first >> 32) ^ counter[3] ^ key[1],
      UInt32(truncatingIfNeeded: first),
    ]
    key = key &+ [0x9E37_79B9, 0xBB67_AE85]
  }
  return counter
}
