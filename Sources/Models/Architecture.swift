import NeuralNetwork

/// One line of an architecture summary.
package struct LayerDescription: Equatable, Sendable {
  /// The name in the network's state, `fire2.squeeze.conv2d`.
  package var name: String
  /// What PyTorch calls such a layer, `Conv2d`.
  package var type: String
  /// Of a convolution or a pool.
  package var window: Window?
  /// For a batch of one image.
  package var outputShape: Shape
  /// Trained numbers.
  package var parameters: Int
  /// Products of a weight and an activation for one image; biases and normalization not counted.
  package var multiplyAdds: Int
  /// The same as torchinfo counts them: with a convolution's bias as one more weight, and each
  /// parameter of a norm once an image.
  package var multiplyAddsWithBias: Int

  /// The pixels that one output pixel sees, a square.
  package struct Window: Equatable, Sendable {
    /// Height and width in pixels.
    package var size: Int
    /// The pixels between two neighboring windows.
    package var stride: Int
  }
}

extension SqueezeNet {
  /// All layers from the image, `imageSize` pixels high and wide, to the logits.
  package func architecture(imageSize: Int) -> [LayerDescription] {
    stages.architecture(imageSize: imageSize)
  }
}

extension [SqueezeNet.Stage] {
  /// All layers from the image, `imageSize` pixels high and wide, to the last stage.
  package func architecture(imageSize: Int) -> [LayerDescription] {
    var walk = ArchitectureWalk()
    var shape = Shape(1, imageSize, imageSize, 3)
    for stage in self { shape = walk.describe(stage.layer, stage.name, shape) }
    return walk.layers
  }
}

/// Collects the layers of a network in the order of their computation.
private struct ArchitectureWalk {
  var layers: [LayerDescription] = []

  /// Adds a layer's own layers.
  ///
  /// - Returns: The shape of its output.
  mutating func describe(_ layer: any Layer, _ name: String, _ input: Shape) -> Shape {
    let output = layer.outputShape(for: input)
    switch layer {
    case let block as ConvolutionBlock:
      _ = describe(block.conv2d, "\(name).conv2d", input)
      if let norm = block.norm { _ = describe(norm, "\(name).norm", output) }
      if block.hasReLU { add("\(name).relu", "ReLU", output) }
    case let fire as Fire:
      let squeezed = describe(fire.squeeze, "\(name).squeeze", input)
      _ = describe(fire.expand1x1, "\(name).expand1x1", squeezed)
      _ = describe(fire.expand3x3, "\(name).expand3x3", squeezed)
      add("\(name).cat", "Concatenation", output)
    case let residual as Residual:
      _ = describe(residual.body, name, input)
      if let projection = residual.projection {
        _ = describe(projection, "\(name).bypass", input)
      }
      add("\(name).add", "Addition", output)
    case let convolution as Conv2D:
      let sizes = convolution.convolution
      let fanIn = sizes.fanIn
      add(
        name, "Conv2d", output, window: .init(size: sizes.kernelSize, stride: sizes.stride),
        parameters: convolution.parameters,
        multiplyAdds: fanIn * output.elements, withBias: (fanIn + 1) * output.elements)
    case is BatchNorm:
      add(
        name, "BatchNorm2d", output, parameters: layer.parameters, withBias: 2 * output.channels)
    case let pool as MaxPool2D:
      add(
        name, "MaxPool2d", output, window: .init(size: pool.kernelSize, stride: pool.stride))
    case is GlobalAveragePool2D: add(name, "AdaptiveAvgPool2d", output)
    case is Dropout: add(name, "Dropout", output)
    case is ReLU: add(name, "ReLU", output)
    default: preconditionFailure("\(name) is a layer that no network here is made of")
    }
    return output
  }

  private mutating func add(
    _ name: String, _ type: String, _ output: Shape, window: LayerDescription.Window? = nil,
    parameters: [Parameter] = [], multiplyAdds: Int = 0, withBias: Int = 0
  ) {
    layers.append(
      LayerDescription(
        name: name, type: type, window: window, outputShape: output,
        parameters: parameters.reduce(0) { $0 + $1.value.count }, multiplyAdds: multiplyAdds,
        multiplyAddsWithBias: withBias))
  }
}
