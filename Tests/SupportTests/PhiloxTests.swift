import Support
import Testing

@Suite("Random streams")
struct PhiloxTests {
  @Test(
    "Philox 4×32-10 produces the published test vectors",
    arguments: [
      (
        SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
        SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
        SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
        SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    // From the known-answer tests of the authors' library Random123.
    #expect(philox(counter: counter, key: key) == expected)
  }

  @Test("Seed, purpose, epoch and sample each select another random stream")
  func streams() {
    func first(
      seed: UInt64 = 1, purpose: RandomPurpose = .dropout, epoch: Int = 1, sample: Int = 1
    ) -> UInt64 {
      var stream = RandomStream(seed: seed, purpose: purpose, epoch: epoch, sample: sample)
      return stream.next()
    }
    let draws = [
      first(), first(seed: 2), first(seed: 1 << 32 | 1), first(purpose: .shuffle),
      first(epoch: 2), first(sample: 2),
    ]
    #expect(Set(draws).count == draws.count)
    #expect(first() == first())
  }

  @Test("Random indices are evenly distributed")
  func indices() {
    var stream = RandomStream(seed: 5, purpose: .shuffle)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[stream.index(below: 7)] += 1 }
    // Five standard deviations of a count are 463.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 463 })
    #expect(stream.index(below: 1) == 0)
  }

  @Test("Normal draws have mean 0, deviation 1 and the right tails")
  func normal() {
    var stream = RandomStream(seed: 5, purpose: .initialization)
    let draws = (0..<50_000).flatMap { _ in
      let pair = stream.normalPair()
      return [pair.0, pair.1]
    }
    let mean = draws.reduce(0, +) / 100_000
    let variance = draws.reduce(0) { $0 + $1 * $1 } / 100_000
    #expect(abs(mean) < 0.016)
    #expect(abs(variance - 1) < 0.023)
    // 4.55 % lie beyond two deviations.
    #expect(abs(Double(draws.count { abs($0) > 2 }) / 100_000 - 0.0455) < 0.0033)
  }
}
