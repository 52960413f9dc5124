import Models
import NeuralNetwork
import Support

/// How much memory a training or an evaluation needs, known before it starts.
package struct MemoryEstimate: CustomStringConvertible {
  /// Bytes of the decoded images, all of which are held in memory; `nil` if they are not known yet.
  package let images: Int?
  /// Bytes of a batch, activations, gradients and their partial sums.
  package let activations: Int
  /// Bytes of the program itself, of the weights and everything of their size.
  package let program: Int

  package var total: Int { (images ?? 0) + activations + program }

  /// The memory of a training.
  ///
  /// - Parameters:
  ///   - settings: The settings of the run.
  ///   - images: Bytes of its decoded images, if known.
  /// - Throws: `Failure` with code 66 if OpenBLAS is asked for and cannot be loaded.
  package init(_ settings: Settings, images: Int?) throws {
    let network = try SqueezeNet(settings.model, engine: settings.engine.convolutions)
    self.init(
      network, optimizerState: settings.makeOptimizer(for: network).stateCount,
      batch: settings.batchSize, imageSize: settings.crop, images: images,
      pass: network.trainingMemory(
        batch: settings.batchSize, imageSize: settings.crop, threads: Parallel.threads))
  }

  /// The memory of an evaluation.
  package init(evaluating network: SqueezeNet, batch: Int, imageSize: Int, images: Int?) {
    self.init(
      network, optimizerState: 0, batch: batch, imageSize: imageSize, images: images,
      pass: network.evaluationMemory(
        batch: batch, imageSize: imageSize, threads: Parallel.threads))
  }

  private init(
    _ network: SqueezeNet, optimizerState: Int, batch: Int, imageSize: Int, images: Int?, pass: Int
  ) {
    self.images = images
    let numberSize = MemoryLayout<Float>.size
    activations = batch * imageSize * imageSize * 3 * numberSize + pass

    let weights = network.parameterCount
    let gradients = network.parameterCount
    let gradientsOfReplicas = Parallel.threads * network.parameterCount
    // For the forward and the backward pass; Winograd's method makes 16 numbers of 9, and channels
    // are rounded up to whole vectors.
    let packedWeights = 5 * network.parameterCount
    // Its tensors, its encoding, and the copy of that which is hashed.
    let checkpoint = 3 * (weights + optimizerState)
    let numbers =
      weights + gradients + gradientsOfReplicas + packedWeights + optimizerState + checkpoint
    // Code, libraries, stacks and small objects.
    let rest = 30 << 20
    program = rest + numbers * numberSize
  }

  package var description: String {
    let images = images.map(Self.gigabytes) ?? "not there yet"
    return "\(Self.gigabytes(total)) GB: images \(images), activations "
      + "\(Self.gigabytes(activations)), weights and program \(Self.gigabytes(program))"
  }

  /// Checks that the process can get that much.
  ///
  /// - Parameter options: The options that reduce the need when they are smaller, for the message.
  /// - Throws: `Failure` with code 74.
  package func check(options: String = "--batch-size, --image-size or --limit-train") throws {
    func check(_ needed: Int, _ available: Int, _ what: String) throws {
      guard needed > available else { return }
      throw Failure(
        .inputOutput,
        "\(Self.gigabytes(needed)) GB of \(what) are needed, but only \(Self.gigabytes(available)) GB"
          + " are available; a smaller \(options) needs less")
    }
    try check(total, Machine.memory, "memory")
    guard let left = Machine.addressSpaceLeft else { return }
    // The pool of buffers reserves part of what is left, and every thread has a stack and an arena
    // of its own for small allocations.
    let threads = (Parallel.threads + 2) << 26
    try check(total + activations / 3 + threads, left, "address space (ulimit -v)")
  }

  private static func gigabytes(_ bytes: Int) -> String { decimals(Double(bytes) / 1e9, 2) }
}
