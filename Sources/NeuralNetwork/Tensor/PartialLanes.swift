/// A group of 16 neighboring numbers, or the first few of one.
struct PartialLanes {
  let count: Int

  /// Loads the numbers; missing ones are 0.
  @inline(__always)
  func load(_ source: UnsafePointer<Float>) -> SIMD16<Float> {
    if count == 16 { return SIMD16<Float>.load(source) }
    var lanes = SIMD16<Float>()
    for i in 0..<count { lanes[i] = source[i] }
    return lanes
  }

  @inline(__always)
  func store(_ lanes: SIMD16<Float>, _ target: UnsafeMutablePointer<Float>) {
    if count == 16 { return lanes.store(target) }
    for i in 0..<count { target[i] = lanes[i] }
  }
}
