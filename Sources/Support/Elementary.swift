/// Elementary functions with the same bits on every machine.
///
/// The `exp`, `log`, `sin` and `cos` of a system's library may differ in the last place between
/// versions and processors, and a run whose weights differ in the last place is another run. These
/// functions use only additions, multiplications, divisions and explicit fused multiply-adds, in a
/// fixed order. Their errors are at most two units in the last place.
package enum Elementary {
  // ln 2 in two parts; the high one ends in zero bits, so that k · high is exact.
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// eˣ.
  package static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 709.78 { return x > 709.782712893384 ? .infinity : exp(x - 1) * 2.718281828459045 }
    if x < -745.2 { return 0 }
    // x = k ln 2 + r with |r| <= ln 2 / 2.
    let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
    var r = x.addingProduct(-k, ln2High)
    r = r.addingProduct(-k, ln2Low)
    // Taylor series; the first term left out is |r|¹⁴ / 14! < 5e-18.
    var sum = 1.0 / 6_227_020_800
    sum = (1.0 / 479_001_600).addingProduct(r, sum)
    sum = (1.0 / 39_916_800).addingProduct(r, sum)
    sum = (1.0 / 3_628_800).addingProduct(r, sum)
    sum = (1.0 / 362_880).addingProduct(r, sum)
    sum = (1.0 / 40_320).addingProduct(r, sum)
    sum = (1.0 / 5_040).addingProduct(r, sum)
    sum = (1.0 / 720).addingProduct(r, sum)
    sum = (1.0 / 120).addingProduct(r, sum)
    sum = (1.0 / 24).addingProduct(r, sum)
    sum = (1.0 / 6).addingProduct(r, sum)
    sum = 0.5.addingProduct(r, sum)
    sum = 1.0.addingProduct(r, sum)
    sum = 1.0.addingProduct(r, sum)
    let exponent = Int(k)
    // Scaled in two steps, so that a subnormal result is rounded only once and 2¹⁰²⁴ never occurs.
    if exponent < -1021 {
      return sum * Double(sign: .plus, exponent: exponent + 64, significand: 1) * 0x1p-64
    }
    if exponent > 1023 { return sum * 0x1p1023 * 2 }
    return sum * Double(sign: .plus, exponent: exponent, significand: 1)
  }

  /// The natural logarithm.
  package static func log(_ x: Double) -> Double {
    if x.isNaN || x < 0 { return .nan }
    if x == 0 { return -.infinity }
    if x == .infinity { return x }
    // x = m · 2ᵏ with m in [√½, √2), and ln m = 2 artanh(s) with s = (m - 1) / (m + 1).
    var k = x.exponent
    var m = x.significand
    if m > 1.4142135623730951 {
      m *= 0.5
      k += 1
    }
    let s = (m - 1) / (m + 1)
    let z = s * s
    // As |s| < 0.1716, the last term is less than 2e-17 of the sum.
    var sum = 1.0 / 21
    for divisor in stride(from: 19.0, through: 3.0, by: -2.0) {
      sum = (1 / divisor).addingProduct(z, sum)
    }
    // ln m = f - f²/2 + s (f²/2 + 2 z sum), in which a small f = m - 1 stays exact.
    let f = m - 1
    let half = 0.5 * f * f
    let correction = s * half.addingProduct(2 * z, sum)
    let exponent = Double(k)
    return exponent * ln2High
      + (f - (half - (correction + exponent * ln2Low)))
  }

  /// The sine and cosine of x, for |x| up to 10⁵.
  package static func sineAndCosine(_ x: Double) -> (sine: Double, cosine: Double) {
    // x = k π/2 + r with |r| <= π/4, subtracting π/2 in three parts.
    let k = (x * 0.6366197723675814).rounded(.toNearestOrEven)
    var r = x.addingProduct(-k, 0x1.921fb544p0)
    r = r.addingProduct(-k, 0x1.0b4611a6p-34)
    r = r.addingProduct(-k, 0x1.3198a2e037073p-69)
    let z = r * r
    var sine = -1.0 / 1_307_674_368_000
    sine = (1.0 / 6_227_020_800).addingProduct(z, sine)
    sine = (-1.0 / 39_916_800).addingProduct(z, sine)
    sine = (1.0 / 362_880).addingProduct(z, sine)
    sine = (-1.0 / 5_040).addingProduct(z, sine)
    sine = (1.0 / 120).addingProduct(z, sine)
    sine = (-1.0 / 6).addingProduct(z, sine)
    sine = r.addingProduct(r * z, sine)
    var cosine = 1.0 / 20_922_789_888_000
    cosine = (-1.0 / 87_178_291_200).addingProduct(z, cosine)
    cosine = (1.0 / 479_001_600).addingProduct(z, cosine)
    cosine = (-1.0 / 3_628_800).addingProduct(z, cosine)
    cosine = (1.0 / 40_320).addingProduct(z, cosine)
    cosine = (-1.0 / 720).addingProduct(z, cosine)
    cosine = (1.0 / 24).addingProduct(z, cosine)
    cosine = (-0.5).addingProduct(z, cosine)
    cosine = 1.0.addingProduct(z, cosine)
    switch Int(k) & 3 {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
  }
}
