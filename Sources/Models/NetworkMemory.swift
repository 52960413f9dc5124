import NeuralNetwork

extension SqueezeNet {
  /// How much the steps of a training take for activations, gradients and their sums.
  ///
  /// The forward pass of a batch, then the backward pass, with what each layer takes and gives back.
  /// Without batch norm every thread has one image at a time; see `lossWithGradients`.
  ///
  /// - Parameters:
  ///   - batch: The images of a step.
  ///   - imageSize: Their height and width in pixels.
  ///   - threads: How many work at once.
  /// - Returns: Bytes.
  package func trainingMemory(batch: Int, imageSize: Int, threads: Int) -> Int {
    let isWhole = configuration.normalization == .batch
    let image = Shape(isWhole ? batch : 1, imageSize, imageSize, 3)
    var walk = MemoryWalk(engine: engine, threads: isWhole ? threads : 1)
    var shapes = [image]
    for stage in stages {
      shapes.append(stage.layer.outputShape(for: shapes[shapes.count - 1]))
      walk.forward(stage.layer, shapes[shapes.count - 2])
    }
    walk.take(shapes[shapes.count - 1].elements)
    for (stage, input) in zip(stages, shapes).reversed() { walk.backward(stage.layer, input) }
    let numbers =
      isWhole
      ? walk.peak
      : min(threads, batch) * walk.peak
        + ParameterGradientSums.blocks(of: batch).count * parameterCount
    return numbers * MemoryLayout<Float>.size
  }

  /// How much the logits of a batch take: every thread has one image at a time; see `logits(of:)`.
  ///
  /// - Parameters:
  ///   - batch: The images.
  ///   - imageSize: Their height and width in pixels.
  ///   - threads: How many work at once.
  /// - Returns: Bytes.
  package func evaluationMemory(batch: Int, imageSize: Int, threads: Int) -> Int {
    var shape = Shape(1, imageSize, imageSize, 3)
    var peak = 0
    for stage in stages {
      var walk = MemoryWalk(engine: engine, threads: 1)
      walk.take(shape.elements)
      walk.forward(stage.layer, shape)
      peak = max(peak, walk.peak)
      shape = stage.layer.outputShape(for: shape)
    }
    return min(threads, batch) * peak * MemoryLayout<Float>.size
  }
}

/// Counts the numbers that are in memory during a step.
private struct MemoryWalk {
  let engine: any ConvolutionEngine
  /// Threads that work on the images of a layer at once.
  let threads: Int
  private var taken = 0
  private(set) var peak = 0

  init(engine: any ConvolutionEngine, threads: Int) {
    self.engine = engine
    self.threads = threads
  }

  mutating func take(_ count: Int) {
    taken += count
    peak = max(peak, taken)
  }

  private mutating func giveBack(_ count: Int) { taken -= count }

  /// A layer writes its output, and keeps it with what else its backward pass needs.
  mutating func forward(_ layer: any Layer, _ input: Shape) {
    switch layer {
    case let fire as Fire:
      take(fire.squeeze.outputShape(for: input).elements)
    case let residual as Residual:
      forward(residual.body, input)
      if let projection = residual.projection { forward(projection, input) }
    case is MaxPool2D:
      take(winners(layer.outputShape(for: input)))
    case let dropout as Dropout:
      guard dropout.rate > 0 else { return }
      take(input.elements)
    default: break
    }
    take(layer.outputShape(for: input).elements)
  }

  /// A layer's output and the gradient of it go, the gradient of its input comes.
  mutating func backward(_ layer: any Layer, _ input: Shape) {
    let output = layer.outputShape(for: input).elements
    switch layer {
    case let fire as Fire:
      let squeezed = fire.squeeze.outputShape(for: input)
      take(squeezed.elements)
      sum([fire.expand1x1.conv2d, fire.expand3x3.conv2d], squeezed)
      giveBack(output)
      sum([fire.squeeze.conv2d], input)
      take(input.elements)
      giveBack(2 * squeezed.elements + output)
    case let residual as Residual:
      // The next layer was the last one to read the sum; its gradient is needed to the end.
      giveBack(output)
      if let projection = residual.projection {
        take(output)
        backward(projection, input)
      }
      take(output)
      backward(residual.body, input)
      giveBack(output + (residual.projection == nil ? 0 : input.elements))
    case is MaxPool2D:
      giveBack(output)
      take(input.elements)
      giveBack(winners(layer.outputShape(for: input)) + output)
    case let dropout as Dropout:
      guard dropout.rate > 0 else { return }
      giveBack(2 * output)
    case let block as ConvolutionBlock:
      backward(block.conv2d, input)
    case let convolution as Conv2D:
      sum([convolution], input)
      take(convolution.needsInputGradient ? input.elements : 0)
      giveBack(2 * output)
    default:
      take(input.elements)
      giveBack(2 * output)
    }
  }

  /// One byte an element.
  private func winners(_ output: Shape) -> Int { output.elements / 4 }

  /// What the gradients of weights and biases of convolutions side by side need.
  private mutating func sum(_ layers: [Conv2D], _ input: Shape) {
    let memory = engine.backwardMemory(
      layers.map(\.convolution), input: input, threads: threads)
    take(memory.kept + memory.passing)
    giveBack(memory.passing)
  }
}
