import Support

/// Batch normalization over N, H and W with one mean and variance per channel (PyTorch's
/// `BatchNorm2d`).
///
/// y = γ (x − mean) / √(variance + ε) + β. In training, mean and biased variance are those of the
/// batch, and the running statistics move toward the batch's mean and unbiased variance by `momentum`.
/// In evaluation the running statistics are used.
///
/// Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by
/// Reducing Internal Covariate Shift", 2015, arXiv:1502.03167.
package final class BatchNorm: Layer {
  /// γ, shape (channels).
  package let weight: Parameter
  /// β, shape (channels).
  package let bias: Parameter
  /// Shape (channels).
  package let runningMean: Buffer
  /// Shape (channels), unbiased.
  package let runningVariance: Buffer
  /// The number of batches seen in training.
  package let batchesTracked: Buffer
  /// Added to the variance.
  package let epsilon = 1e-5
  /// The weight of a new batch in the running statistics.
  package let momentum = 0.1

  private let channelCount: Int
  private var saved: Saved?

  private struct Saved {
    let sums: GradientSums
    /// 1 / √(variance + ε) of each channel.
    let inverseDeviation: [Double]
  }

  /// The sums over the output's gradient that the input's gradient depends on: of g and g (x − mean),
  /// with g the gradient before the ReLU.
  fileprivate final class GradientSums: ChannelSums {
    /// The tensor that was normalized.
    let input: Tensor
    /// The normalized channels of `input`.
    private let channels: Range<Int>
    /// Whether a ReLU followed; its mask is computed again from the coefficients.
    let appliesReLU: Bool
    /// One per 16 channels; the sums read the mean and the affine map.
    let coefficients: [AffineGradient.Coefficients]
    private let sums: BatchSums

    init(
      input: Tensor, channels: Range<Int>, mean: [Double], affine: LazyActivations.Affine,
      appliesReLU: Bool
    ) {
      self.input = input
      self.channels = channels
      self.appliesReLU = appliesReLU
      var coefficients = LazyActivations.lanes(affine).map {
        AffineGradient.Coefficients(forward: $0)
      }
      for (c, mean) in mean.enumerated() { coefficients[c / 16].center[c % 16] = Float(mean) }
      self.coefficients = coefficients
      sums = BatchSums(over: input.shape, channels: channels.count)
    }

    func add(
      _ pixels: Range<Int>, of gradient: UnsafePointer<Float>, shape: Shape, block: Int
    ) {
      precondition(shape == input.shape, "expected a gradient like \(input.shape), got \(shape)")
      input.withPointer { input in
        coefficients.withPointer { coefficients in
          let first = channels.lowerBound
          sums.add(
            GradientTerms(
              input: input + first, gradient: gradient + first, pixelStride: shape.channels,
              coefficients: coefficients, appliesReLU: appliesReLU),
            ofBlock: block, pixels)
        }
      }
    }

    /// The sums over the whole gradient.
    func total(of gradient: Tensor) -> (first: [Double], second: [Double]) {
      gradient.withPointer { first in
        Parallel.forEach(sums.blocks.count) {
          add(sums.missing(ofBlock: $0), of: first, shape: gradient.shape, block: $0)
        }
      }
      return sums.total()
    }
  }

  /// Creates a norm with γ = 1, β = 0, running mean 0 and variance 1, whose state is named
  /// `name.weight` and so on.
  package init(_ name: String, channels: Int) {
    channelCount = channels
    weight = Parameter("\(name).weight", shape: [channels], repeating: 1)
    bias = Parameter("\(name).bias", shape: [channels])
    runningMean = Buffer(
      "\(name).running_mean", .numbers([Float](repeating: 0, count: channels)))
    runningVariance = Buffer(
      "\(name).running_var", .numbers([Float](repeating: 1, count: channels)))
    batchesTracked = Buffer("\(name).num_batches_tracked", .count(0))
  }

  package var parameters: [Parameter] { [weight, bias] }
  package var buffers: [Buffer] { [runningMean, runningVariance, batchesTracked] }

  package var gradientSums: [any ChannelSums] { saved.map { [$0.sums] } ?? [] }

  package func outputShape(for input: Shape) -> Shape { input }

  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    let input = input.materialized()
    let affine =
      mode.isTraining
      ? normalize(input, channels: 0..<channelCount, appliesReLU: false)
      : affine(mean: running.mean, inverseDeviation: running.inverseDeviation)
    return LazyActivations(input, affine: affine, appliesReLU: false)
  }

  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    let gradient = outputGradient
    let inputGradient = LazyGradient(
      gradient, channels: 0..<channelCount, operation: .affine(inputGradient(of: gradient)))
    return epilogue.apply(to: inputGradient.materialized())
  }

  package func kind(for input: Shape) -> LayerKind {
    LayerKind(
      "BatchNorm2d", shortType: "norm", phrase: "batch norm",
      multiplyAddsWithBias: 2 * channelCount)
  }

  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    LayerMemory(forward: [input.elements], backward: [input.elements, -2 * input.elements])
  }

  /// Creates the moments that `normalize` needs of some channels of a tensor, to be summed while the
  /// tensor is written.
  package func moments(over shape: Shape, channels: Range<Int>) -> BatchMoments {
    BatchMoments(over: shape, channels: channels)
  }

  /// Computes the affine map that normalizes some channels of a tensor in training, and updates the
  /// running statistics.
  ///
  /// - Parameters:
  ///   - input: Shape (N, H, W, C) with C ≥ `channels.upperBound`.
  ///   - channels: The channels of `input` to normalize.
  ///   - appliesReLU: Whether a ReLU follows; the backward pass includes its own.
  ///   - moments: The channels' moments if they have been summed already.
  /// - Returns: A scale and a shift per channel.
  /// - Precondition: There is more than one value per channel; the variance of a single value is not
  ///   defined.
  package func normalize(
    _ input: Tensor, channels: Range<Int>, appliesReLU: Bool, moments: BatchMoments? = nil
  ) -> LazyActivations.Affine {
    precondition(
      channels.lowerBound >= 0 && channels.upperBound <= input.shape.channels
        && channels.count == channelCount, "channels \(channels) of \(input.shape)")
    let count = input.shape.count * input.shape.pixels
    let moments = moments ?? BatchMoments(of: input, channels: channels)
    let statistics = statistics(moments, count: count)
    update(statistics, count: count)
    let inverse = statistics.variance.map { 1 / ($0 + epsilon).squareRoot() }
    let affine = affine(mean: statistics.mean, inverseDeviation: inverse)
    saved = Saved(
      sums: GradientSums(
        input: input, channels: channels, mean: statistics.mean, affine: affine,
        appliesReLU: appliesReLU),
      inverseDeviation: inverse)
    return affine
  }

  /// Accumulates the gradients of γ and β from the output's gradient, a tensor laid out like the input
  /// of `normalize`, and returns how the input's gradient is computed from it.
  ///
  /// With n values per channel, g the gradient before the ReLU, x̂ = (x − mean) · s, and
  /// s = 1 / √(variance + ε): dγ = Σ g x̂, dβ = Σ g, dx = γ s (g − Σ g / n − x̂ Σ g x̂ / n).
  package func inputGradient(of gradient: Tensor) -> AffineGradient {
    guard let saved else { preconditionFailure("backward follows forward in training mode") }
    self.saved = nil
    let sums = saved.sums.total(of: gradient)
    var coefficients = saved.sums.coefficients
    let shape = gradient.shape
    let count = Double(shape.count * shape.pixels)
    var scaleGradient = [Float](repeating: 0, count: channelCount)
    for c in 0..<channelCount {
      let inverse = saved.inverseDeviation[c]
      let scale = Double(weight.value[c]) * inverse
      scaleGradient[c] = Float(sums.second[c] * inverse)
      coefficients[c / 16].gradientFactor[c % 16] = Float(scale)
      coefficients[c / 16].inputFactor[c % 16] =
        Float(-scale * inverse * inverse * sums.second[c] / count)
      coefficients[c / 16].offset[c % 16] = Float(-scale * sums.first[c] / count)
    }
    weight.addToGradient(scaleGradient)
    bias.addToGradient(sums.first.map { Float($0) })
    return AffineGradient(
      input: saved.sums.input, coefficients: coefficients, appliesReLU: saved.sums.appliesReLU)
  }

  /// The map x ↦ scale · x + shift of each channel in evaluation, from γ, β and the running statistics.
  var evaluationMap: (scale: [Double], shift: [Double]) {
    let (mean, inverse) = running
    let scale = zip(weight.value, inverse).map { Double($0) * $1 }
    return (scale, (0..<channelCount).map { Double(bias.value[$0]) - mean[$0] * scale[$0] })
  }

  /// The running mean, and 1 / √(variance + ε) of the running variance.
  private var running: (mean: [Double], inverseDeviation: [Double]) {
    guard case .numbers(let mean) = runningMean.contents,
      case .numbers(let variance) = runningVariance.contents
    else { preconditionFailure("running statistics are numbers") }
    return (
      mean.map(Double.init), variance.map { 1 / (Double($0) + epsilon).squareRoot() }
    )
  }

  private func affine(mean: [Double], inverseDeviation: [Double]) -> LazyActivations.Affine {
    let scale = zip(weight.value, inverseDeviation).map { Float(Double($0) * $1) }
    // Computed from the rounded scale, so that rounding errors cancel where x is near the mean.
    let shift = (0..<channelCount).map {
      Float(Double(bias.value[$0]) - mean[$0] * Double(scale[$0]))
    }
    return LazyActivations.Affine(scale: scale, shift: shift)
  }

  /// The mean and biased variance of each channel, from sums of x and x² in double precision: even
  /// with a mean of a thousand standard deviations the variance has ten correct digits.
  private func statistics(
    _ moments: BatchMoments, count: Int
  ) -> (mean: [Double], variance: [Double]) {
    precondition(count > 1, "more than one value per channel is needed in training")
    let sums = moments.total()
    let mean = sums.first.map { $0 / Double(count) }
    let variance = zip(sums.second, mean).map { max(0, $0 / Double(count) - $1 * $1) }
    return (mean, variance)
  }

  private func update(_ statistics: (mean: [Double], variance: [Double]), count: Int) {
    guard case .numbers(let mean) = runningMean.contents,
      case .numbers(let variance) = runningVariance.contents,
      case .count(let batches) = batchesTracked.contents
    else { preconditionFailure("running statistics are numbers") }
    let unbiased = Double(count) / Double(count - 1)
    runningMean.contents = .numbers(
      zip(mean, statistics.mean).map { Float((1 - momentum) * Double($0) + momentum * $1) })
    runningVariance.contents = .numbers(
      zip(variance, statistics.variance).map {
        Float((1 - momentum) * Double($0) + momentum * unbiased * $1)
      })
    batchesTracked.contents = .count(batches + 1)
  }
}

/// g and g (x − mean), with g the gradient before the ReLU.
private struct GradientTerms: ChannelTerms, @unchecked Sendable {
  let input: UnsafePointer<Float>
  let gradient: UnsafePointer<Float>
  let pixelStride: Int
  let coefficients: UnsafePointer<AffineGradient.Coefficients>
  let appliesReLU: Bool

  @inline(__always)
  func term(_ pixel: Int, _ channel: Int, _ lanes: PartialLanes) -> Term {
    let offset = pixel &* pixelStride &+ channel
    let x = lanes.load(input + offset)
    var g = lanes.load(gradient + offset)
    if appliesReLU { g = coefficients[channel >> 4].masked(g, at: x) }
    return (g, x - coefficients[channel >> 4].center, g)
  }
}
