import Models
import NeuralNetwork
import Support
import Training

private let benchmarkSettings = Settings.table("--image-size", "--norm", "--engine")

let benchmarkCommand = Subcommand(
  name: "benchmark", usage: "[options]",
  summary: "images per second of a training step and of evaluation",
  options: [
    Option("-b", "--batch", value: "N", help: "images per step", default: "128")
  ] + benchmarkSettings.map { $0.option(of: .at224Pixels) } + [
    Option("-j", "--threads", value: "N", help: "number of threads", default: "all processors"),
    Option("--json", help: "as JSON"),
  ],
  run: { options, context in
    try options.rejectArguments()
    var settings = Settings.at224Pixels
    for row in benchmarkSettings { try row.apply(options, to: &settings) }
    try options.applyThreads()
    settings.recipe.batchSize = try options.integer("--batch", in: 1...65_536) ?? 128
    let result = try Benchmark(settings).run()
    if options.has("--json") {
      try context.print(result.json.text)
    } else {
      try context.print(
        """
        \(settings.crop) px, batch \(settings.batchSize), \
        norm \(settings.model.normalization.rawValue), \
        \(Parallel.threads) threads, engine \(settings.engine.rawValue)
          training    \(decimals(result.trainingRate, 1)) images/s
          evaluation  \(decimals(result.evaluationRate, 1)) images/s
          of the peak \(decimals(result.peakFraction * 100, 1)) % in a training step
          peak memory \(decimals(Double(result.peakMemory) / 1e9, 2)) GB
        """)
    }
  })

/// The measurements of a benchmark.
private struct BenchmarkResult {
  /// Images per second of a training step.
  var trainingRate: Double
  /// Images per second of an evaluation.
  var evaluationRate: Double
  /// The fraction of the machine's measured arithmetic peak that a training step reaches, 0...1.
  var peakFraction: Double
  /// The largest resident set, in bytes.
  var peakMemory: Int

  var json: JSON {
    .object([
      "train_images_per_second": .number(trainingRate),
      "evaluation_images_per_second": .number(evaluationRate),
      "peak_fraction": .number(peakFraction),
      "peak_memory_bytes": .number(peakMemory),
    ])
  }
}

/// Random images in the range of normalized ones, the same in every call.
private func randomImages(_ shape: Shape) -> Tensor {
  var stream = RandomStream(seed: 0, purpose: .demoImages)
  return Tensor(
    shape: shape, elements: (0..<shape.elements).map { _ in Float(stream.uniform() * 4 - 2) })
}

/// Times training steps and evaluations of a network on random images.
private struct Benchmark {
  let network: SqueezeNet
  let optimizer: any Optimizer
  let images: Tensor
  let labels: [Int]

  init(_ settings: Settings) throws {
    network = try settings.makeNetwork()
    optimizer = settings.makeOptimizer(for: network)
    try MemoryEstimate(settings, images: nil).check(options: "--batch or --image-size")
    network.initialize(seed: settings.seed)
    images = randomImages(Shape(settings.batchSize, settings.crop, settings.crop, 3))
    labels = (0..<settings.batchSize).map { $0 % settings.model.classes }
  }

  func run() throws -> BenchmarkResult {
    var optimizer = optimizer
    let draws = Draws(seed: 0, epoch: 1, samples: Array(labels.indices))
    let training = fastest {
      _ = network.lossWithGradients(images: images, labels: labels, draws: draws)
      clipGradientNorm(of: network.parameters, to: 1)
      optimizer.step(learningRate: 0.01)
    }
    let memory = Machine.peakMemory
    let evaluation = fastest { _ = network.logits(of: images) }
    let layers = network.architecture(imageSize: images.shape.height)
    // The backward pass of a layer takes twice the multiply-adds of its forward pass, that of the
    // first layer, which needs no input gradient, only as many.
    let products = layers.multiplyAdds * 3 - layers.leaves[0].multiplyAdds
    let rate = Double(labels.count) / training
    return BenchmarkResult(
      trainingRate: rate, evaluationRate: Double(labels.count) / evaluation,
      peakFraction: rate * Double(2 * products) / measuredPeak(), peakMemory: memory)
  }

  /// The time of the fastest of several calls in seconds, after one call to warm up.
  private func fastest(_ body: () -> Void) -> Double {
    body()
    let clock = ContinuousClock()
    let start = clock.now
    var best = Double.infinity
    repeat {
      best = min(best, clock.measure(body) / .seconds(1))
    } while clock.now - start < .seconds(4)
    return best
  }
}

/// The single-precision operations per second that all threads together reach on fused multiply-adds
/// in registers; each counts as two operations.
private func measuredPeak() -> Double {
  let rounds = 1 << 22
  let clock = ContinuousClock()
  var best = 0.0
  for _ in 0..<5 {
    let duration = clock.measure {
      Parallel.forEach(Parallel.threads) { _ in blackHole(multiplyAdds(rounds)) }
    }
    best = max(
      best, Double(rounds * 12 * 16 * 2 * Parallel.threads) / (duration / .seconds(1)))
  }
  return best
}

/// Twelve independent chains of fused multiply-adds, enough to hide their latency.
@inline(never)
private func multiplyAdds(_ rounds: Int) -> Float {
  let factor = SIMD16<Float>(repeating: 0.999)
  let addend = SIMD16<Float>(repeating: 0.001)
  var (a, b, c, d) = (addend, addend, addend, addend)
  var (e, f, g, h) = (addend, addend, addend, addend)
  var (i, j, k, l) = (addend, addend, addend, addend)
  for _ in 0..<rounds {
    a = addend.addingProduct(a, factor)
    b = addend.addingProduct(b, factor)
    c = addend.addingProduct(c, factor)
    d = addend.addingProduct(d, factor)
    e = addend.addingProduct(e, factor)
    f = addend.addingProduct(f, factor)
    g = addend.addingProduct(g, factor)
    h = addend.addingProduct(h, factor)
    i = addend.addingProduct(i, factor)
    j = addend.addingProduct(j, factor)
    k = addend.addingProduct(k, factor)
    l = addend.addingProduct(l, factor)
  }
  return ((a + b) + (c + d) + (e + f) + (g + h) + (i + j) + (k + l)).sum()
}

/// Keeps the compiler from removing work whose result is never read.
@inline(never)
private func blackHole(_ value: Float) {
  withExtendedLifetime(value) {}
}
