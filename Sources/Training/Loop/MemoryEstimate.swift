import Models
import Support

/// How much memory a training or an evaluation needs, found out before it starts.
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
  /// - Throws: `Failure` with code 66 if OpenBLAS is asked for and cannot be loaded.
  package init(_ settings: Settings, images: Int?) throws {
    try self.init(
      training: SqueezeNet(settings.model, engine: settings.engine.convolutions),
      batch: settings.batchSize, imageSize: settings.crop, images: images)
  }

  /// The memory of training steps.
  package init(training network: SqueezeNet, batch: Int, imageSize: Int, images: Int?) {
    self.init(
      network, batch: batch, imageSize: imageSize, images: images,
      pass: network.trainingMemory(
        batch: batch, imageSize: imageSize, threads: Parallel.threads))
  }

  /// The memory of an evaluation.
  package init(evaluating network: SqueezeNet, batch: Int, imageSize: Int, images: Int?) {
    self.init(
      network, batch: batch, imageSize: imageSize, images: images,
      pass: network.evaluationMemory(
        batch: batch, imageSize: imageSize, threads: Parallel.threads))
  }

  private init(_ network: SqueezeNet, batch: Int, imageSize: Int, images: Int?, pass: Int) {
    self.images = images
    // One that is at work, and three ahead.
    activations = 4 * batch * imageSize * imageSize * 3 * MemoryLayout<Float>.size + pass
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
  /// - Parameter options: Those whose smaller values need less.
  /// - Throws: `Failure` with code 74.
  package func check(options: String = "--batch-size, --image-size or --limit-train") throws {
    func check(_ needed: Int, _ available: Int, _ what: String) throws {
      guard needed > available else { return }
      throw Failure(
        .inputOutput,
        "\(Self.gigabytes(needed)) GB of \(what) are needed, and \(Self.gigabytes(available)) GB"
          + " are left; a smaller \(options) needs less")
    }
    try check(total, availableMemory, "memory")
    guard let left = addressesLeft else { return }
    // The range that activations are cut from takes a part of what is left, and every thread has a
    // stack and a range for small things.
    try check(total + activations / 3 + (Parallel.threads + 2) << 26, left, "addresses (ulimit -v)")
  }

  private static func gigabytes(_ bytes: Int) -> String { decimals(Double(bytes) / 1e9, 2) }
}
