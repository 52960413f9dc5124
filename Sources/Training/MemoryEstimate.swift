import Models
import Support

/// How much memory a run needs, found out before it starts.
package struct MemoryEstimate: CustomStringConvertible {
  /// The decoded images, all of which are held; `nil` where they are not known.
  package let images: Int?
  /// Batches that are prepared ahead, activations, gradients and their sums.
  package let activations: Int
  /// The program, the weights with what belongs to them, and checkpoints while they are written.
  package let program: Int

  /// - Parameters:
  ///   - settings: The run's.
  ///   - images: The bytes of its decoded images, where they are known.
  package init(_ settings: Settings, images: Int?) {
    let network = SqueezeNet(settings.model, engine: settings.engine.convolutions)
    let crop = settings.crop
    let batch = settings.batchSize
    // One that is trained, and three ahead.
    let batches = 4 * batch * crop * crop * 3 * MemoryLayout<Float>.size
    self.images = images
    activations =
      batches
      + network.trainingMemory(batch: batch, imageSize: crop, threads: Parallel.threads)
    // Values, gradients, velocities, packed weights both ways, and a checkpoint in the making; each
    // thread has gradients of its own.
    program =
      30 << 20 + (14 + Parallel.threads) * network.parameterCount * MemoryLayout<Float>.size
  }

  package var total: Int { (images ?? 0) + activations + program }

  package var description: String {
    let images = images.map(Self.gigabytes) ?? "not there yet"
    return "\(Self.gigabytes(total)) GB: images \(images), activations "
      + "\(Self.gigabytes(activations)), weights and program \(Self.gigabytes(program))"
  }

  /// Checks that the process may have as much.
  ///
  /// - Throws: `Failure` with code 74.
  package func check() throws {
    func check(_ needed: Int, _ available: Int, _ what: String) throws {
      guard needed > available else { return }
      throw Failure(
        .inputOutput,
        "a run needs \(Self.gigabytes(needed)) GB of \(what), and \(Self.gigabytes(available)) GB"
          + " are left; a smaller --batch-size, --image-size or --limit-train needs less")
    }
    try check(total, availableMemory, "memory")
    guard let left = addressesLeft else { return }
    // The range that activations are cut from takes a part of what is left, and every thread has a
    // stack and a range for small things.
    try check(total + activations / 3 + (Parallel.threads + 2) << 26, left, "addresses (ulimit -v)")
  }

  private static func gigabytes(_ bytes: Int) -> String { decimals(Double(bytes) / 1e9, 2) }
}
