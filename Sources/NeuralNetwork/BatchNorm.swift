import Support

/// Batch normalization over N, H and W, one mean and variance a channel (PyTorch's `BatchNorm2d`).
///
/// y = γ (x − mean) / √(variance + ε) + β. In training, mean and (biased) variance are the batch's,
/// and the running statistics move towards the batch's mean and unbiased variance by `momentum`. In
/// evaluation the running statistics are used.
///
/// Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by
/// Reducing Internal Covariate Shift", 2015, arXiv:1502.03167.
public final class BatchNorm: Layer {
  /// γ, shape (channels).
  public let weight: Parameter
  /// β, shape (channels).
  public let bias: Parameter
  /// Shape (channels).
  public let runningMean: Buffer
  /// Shape (channels), unbiased.
  public let runningVariance: Buffer
  /// The batches seen in training.
  public let batchesTracked: Buffer
  /// Added to the variance.
  public let epsilon = 1e-5
  /// The share of a new batch in the running statistics.
  public let momentum = 0.1

  private let channelCount: Int
  private var saved: Saved?

  private struct Saved {
    /// What was normalized: the gradient of γ is its product with the output's gradient.
    let input: Tensor
    let mean: [Float]
    /// 1 / √(variance + ε), one a channel.
    let inverseDeviation: [Double]
    let affine: Affine
    /// Whether a ReLU followed, whose mask `affine` gives again.
    let appliedReLU: Bool
  }

  /// y = scale · x + shift, one of each a channel.
  private struct Affine {
    var scale: [Float]
    var shift: [Float]
  }

  /// γ = 1, β = 0, running mean 0 and variance 1, with names under `name`.
  public init(_ name: String, channels: Int) {
    channelCount = channels
    weight = Parameter("\(name).weight", shape: [channels], repeating: 1)
    bias = Parameter("\(name).bias", shape: [channels])
    runningMean = Buffer(
      "\(name).running_mean", .numbers([Float](repeating: 0, count: channels)))
    runningVariance = Buffer(
      "\(name).running_var", .numbers([Float](repeating: 1, count: channels)))
    batchesTracked = Buffer("\(name).num_batches_tracked", .count(0))
  }

  public var parameters: [Parameter] { [weight, bias] }
  public var buffers: [Buffer] { [runningMean, runningVariance, batchesTracked] }

  public func outputShape(for input: Shape) -> Shape { input }

  public func forward(_ input: consuming Tensor, mode: Mode) -> Tensor {
    let input = input
    var output = Tensor(uninitialized: input.shape)
    forward(input, mode: mode, applyReLU: false, output: &output, channels: 0..<channelCount)
    return output
  }

  public func backward(_ outputGradient: consuming Tensor) -> Tensor {
    var gradient = outputGradient
    backward(&gradient, channels: 0..<channelCount)
    return gradient
  }

  /// Writes the normalized input into some channels of a wider tensor, with its ReLU where asked
  /// for.
  ///
  /// - Precondition: In training there is more than one value a channel; the variance of a single
  ///   one is not defined.
  package func forward(
    _ input: Tensor, mode: Mode, applyReLU: Bool, output: inout Tensor, channels: Range<Int>
  ) {
    checkExtents(input.shape, output.shape, channels)
    let affine: Affine
    if mode.isTraining {
      let statistics = batchStatistics(input)
      update(statistics, count: input.shape.count * input.shape.pixels)
      let inverse = statistics.variance.map { 1 / ($0 + epsilon).squareRoot() }
      affine = self.affine(mean: statistics.mean, inverseDeviation: inverse)
      saved = Saved(
        input: input, mean: statistics.mean.map(Float.init), inverseDeviation: inverse,
        affine: affine, appliedReLU: applyReLU)
    } else {
      saved = nil
      guard case .numbers(let mean) = runningMean.contents,
        case .numbers(let variance) = runningVariance.contents
      else { preconditionFailure("running statistics are numbers") }
      affine = self.affine(
        mean: mean.map(Double.init),
        inverseDeviation: variance.map { 1 / (Double($0) + epsilon).squareRoot() })
    }
    let (shape, outputChannels) = (input.shape, output.shape.channels)
    input.withElements { input in
      output.withMutableElements { output in
        guard let input = input.baseAddress, let output = output.baseAddress else { return }
        withAll(affine.scale, affine.shift, [], []) { scale, shift, _, _ in
          Parallel.forEach(shape.count * shape.height) { row in
            for pixel in row * shape.width..<(row + 1) * shape.width {
              let x = input + pixel * shape.channels
              let y = output + pixel * outputChannels + channels.lowerBound
              if applyReLU {
                for c in 0..<shape.channels {
                  y[c] = ReLU.apply(shift[c].addingProduct(x[c], scale[c]))
                }
              } else {
                for c in 0..<shape.channels { y[c] = shift[c].addingProduct(x[c], scale[c]) }
              }
            }
          }
        }
      }
    }
  }

  /// Replaces some channels of a gradient by the gradient of the input.
  ///
  /// With n values a channel, g the gradient of the output, x̂ = (x − mean) · s, and
  /// s = 1 / √(variance + ε): dγ = Σ g x̂, dβ = Σ g, dx = γ s (g − Σ g / n − x̂ Σ g x̂ / n).
  package func backward(_ gradient: inout Tensor, channels: Range<Int>) {
    guard let saved else { preconditionFailure("backward follows forward in training mode") }
    self.saved = nil
    let (shape, gradientChannels) = (saved.input.shape, gradient.shape.channels)
    checkExtents(shape, gradient.shape, channels)
    let sums = saved.input.withElements { input in
      gradient.withMutableElements { gradient in
        withAll(saved.mean, saved.affine.scale, saved.affine.shift, []) { mean, scale, shift, _ in
          self.sums(over: shape) { pixels, first, second in
            guard let input = input.baseAddress, let gradient = gradient.baseAddress else { return }
            for pixel in pixels {
              let x = input + pixel * shape.channels
              let g = gradient + pixel * gradientChannels + channels.lowerBound
              if saved.appliedReLU {
                for c in 0..<shape.channels {
                  g[c] = shift[c].addingProduct(x[c], scale[c]) <= 0 ? 0 : g[c]
                }
              }
              for c in 0..<shape.channels {
                let value = Double(g[c])
                first[c] += value
                second[c].addProduct(Double(x[c] - mean[c]), value)
              }
            }
          }
        }
      }
    }
    let count = Double(shape.count * shape.pixels)
    // dx = a g + b (x − mean) + d
    var (a, b, d) = (weight.value, weight.value, weight.value)
    for c in 0..<channelCount {
      let inverse = saved.inverseDeviation[c]
      let scale = Double(weight.value[c]) * inverse
      weight.gradient[c] = Float(sums.second[c] * inverse)
      bias.gradient[c] = Float(sums.first[c])
      a[c] = Float(scale)
      b[c] = Float(-scale * inverse * inverse * sums.second[c] / count)
      d[c] = Float(-scale * sums.first[c] / count)
    }
    saved.input.withElements { input in
      gradient.withMutableElements { gradient in
        guard let input = input.baseAddress, let gradient = gradient.baseAddress else { return }
        withAll(a, b, d, saved.mean) { a, b, d, mean in
          Parallel.forEach(shape.count * shape.height) { row in
            for pixel in row * shape.width..<(row + 1) * shape.width {
              let x = input + pixel * shape.channels
              let g = gradient + pixel * gradientChannels + channels.lowerBound
              for c in 0..<shape.channels {
                g[c] = d[c].addingProduct(x[c] - mean[c], b[c]).addingProduct(g[c], a[c])
              }
            }
          }
        }
      }
    }
  }

  private func checkExtents(_ shape: Shape, _ wide: Shape, _ channels: Range<Int>) {
    precondition(
      shape.channels == channelCount, "expected \(channelCount) channels, got \(shape)")
    precondition(
      wide.count == shape.count && wide.height == shape.height && wide.width == shape.width
        && channels.lowerBound >= 0 && channels.upperBound <= wide.channels
        && channels.count == channelCount, "channels \(channels) of \(wide) for \(shape)")
  }

  private func affine(mean: [Double], inverseDeviation: [Double]) -> Affine {
    let scale = zip(weight.value, inverseDeviation).map { Float(Double($0) * $1) }
    // From the rounded scale, so that its rounding cancels where x is near the mean.
    let shift = (0..<channelCount).map {
      Float(Double(bias.value[$0]) - mean[$0] * Double(scale[$0]))
    }
    return Affine(scale: scale, shift: shift)
  }

  /// The mean and biased variance of each channel, from sums of x and x² in double precision: even
  /// for a mean of a thousand deviations the variance is good to ten digits.
  private func batchStatistics(_ input: Tensor) -> (mean: [Double], variance: [Double]) {
    let count = Double(input.shape.count * input.shape.pixels)
    precondition(count > 1, "more than one value a channel is needed in training")
    let shape = input.shape
    let sums = input.withElements { input in
      self.sums(over: shape) { pixels, first, second in
        guard let input = input.baseAddress else { return }
        for pixel in pixels {
          let x = input + pixel * shape.channels
          for c in 0..<shape.channels {
            let value = Double(x[c])
            first[c] += value
            second[c].addProduct(value, value)
          }
        }
      }
    }
    let mean = sums.first.map { $0 / count }
    let variance = zip(sums.second, mean).map { max(0, $0 / count - $1 * $1) }
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

  /// Two sums over the batch for each channel; `add` adds what some pixels of the batch contribute
  /// to both.
  private func sums(
    over shape: Shape,
    adding add: (Range<Int>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Double>) -> Void
  ) -> (first: [Double], second: [Double]) {
    let blocks = Reduction.blocks(of: shape.count)
    let size = 2 * shape.channels
    var sums = [Double](repeating: 0, count: blocks.count * size)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      Parallel.forEach(blocks.count) { block in
        let first = sums + block * size
        let images = blocks[block]
        add(
          images.lowerBound * shape.pixels..<images.upperBound * shape.pixels, first,
          first + shape.channels)
      }
      Reduction.combine(sums, count: blocks.count, size: size)
    }
    return (Array(sums[..<shape.channels]), Array(sums[shape.channels..<size]))
  }
}

/// Reads four arrays in place.
private func withAll<Result>(
  _ a: [Float], _ b: [Float], _ c: [Float], _ d: [Float],
  _ body: (
    UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>,
    UnsafeBufferPointer<Float>
  ) -> Result
) -> Result {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      c.withUnsafeBufferPointer { c in d.withUnsafeBufferPointer { d in body(a, b, c, d) } }
    }
  }
}
