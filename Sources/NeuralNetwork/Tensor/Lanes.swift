import CTarget

/// Neighboring output channels in registers, which the direct engine's kernels compute together.
///
/// Every lane is a separate sum in a fixed order, so that a result depends neither on how channels
/// are assigned to lanes nor on the width of the processor's registers.
protocol Lanes {
  /// The number of channels.
  static var count: Int { get }
  /// The number of sums of this width that the processor's registers hold in addition to the operands.
  static var rows: Int { get }
  init(repeating value: Float)
  static func load(_ source: UnsafePointer<Float>) -> Self
  /// Adds factor · other, rounded once.
  mutating func addProduct(_ factor: Float, _ other: Self)
  mutating func add(_ other: Self)
  /// max(·, 0) that propagates NaN.
  func withReLU() -> Self
  func store(_ target: UnsafeMutablePointer<Float>)
}

/// Whether the registers hold 16 numbers and there are 32 of them, rather than 8 and 16.
let hasWideRegisters = target_x86_64_level >= 4

/// Calls `body` with groups of lanes that together cover at least `channels`, and each group's first
/// channel.
@inline(__always)
func forEachGroup(of channels: Int, _ body: (any Lanes.Type, Int) -> Void) {
  var first = 0
  while first < channels {
    let width = groupWidth(channels - first)
    switch width {
    case 64: body(Lanes64.self, first)
    case 48: body(Lanes48.self, first)
    case 32: body(Lanes32.self, first)
    default: body(SIMD16<Float>.self, first)
    }
    first += width
  }
}

/// Rounds a number of channels up to a multiple of 16, the narrowest group.
func roundedToGroup(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }

/// The width of the next group where `left` channels remain.
func groupWidth(_ left: Int) -> Int {
  hasWideRegisters ? min(64, roundedToGroup(left)) : 16
}

extension SIMD16: Lanes where Scalar == Float {
  static var count: Int { 16 }
  static var rows: Int { hasWideRegisters ? 12 : 6 }

  @inline(__always)
  static func load(_ source: UnsafePointer<Float>) -> Self {
    UnsafeRawPointer(source).loadUnaligned(as: Self.self)
  }

  @inline(__always)
  mutating func addProduct(_ factor: Float, _ other: Self) {
    addProduct(Self(repeating: factor), other)
  }

  @inline(__always)
  mutating func add(_ other: Self) { self += other }

  @inline(__always)
  func withReLU() -> Self { relu16(self) }

  @inline(__always)
  func store(_ target: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(target).storeBytes(of: self, as: Self.self)
  }
}

/// Two groups of lanes side by side.
struct LanePair<First: Lanes, Second: Lanes>: Lanes {
  var first: First
  var second: Second

  static var count: Int { First.count + Second.count }
  static var rows: Int { count > 48 ? 6 : count > 32 ? 8 : 12 }

  @inline(__always)
  init(first: First, second: Second) {
    self.first = first
    self.second = second
  }

  @inline(__always)
  init(repeating value: Float) {
    self.init(first: First(repeating: value), second: Second(repeating: value))
  }

  @inline(__always)
  static func load(_ source: UnsafePointer<Float>) -> Self {
    Self(first: First.load(source), second: Second.load(source + First.count))
  }

  @inline(__always)
  mutating func addProduct(_ factor: Float, _ other: Self) {
    first.addProduct(factor, other.first)
    second.addProduct(factor, other.second)
  }

  @inline(__always)
  mutating func add(_ other: Self) {
    first.add(other.first)
    second.add(other.second)
  }

  @inline(__always)
  func withReLU() -> Self { Self(first: first.withReLU(), second: second.withReLU()) }

  @inline(__always)
  func store(_ target: UnsafeMutablePointer<Float>) {
    first.store(target)
    second.store(target + First.count)
  }
}

typealias Lanes32 = LanePair<SIMD16<Float>, SIMD16<Float>>
typealias Lanes48 = LanePair<Lanes32, SIMD16<Float>>
typealias Lanes64 = LanePair<Lanes32, Lanes32>
