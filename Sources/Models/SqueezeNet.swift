import NeuralNetwork
import Support

/// What stands between a convolution and its ReLU.
public enum Normalization: String, CaseIterable, Sendable {
  case none, batch
}

/// SqueezeNet: a convolution, eight fire modules with pools between them, a 1×1 convolution to the
/// classes, and the mean over the image.
///
/// Three macro-architectures: the notebook's, and the 1.0 and 1.1 of the paper's authors, whose
/// channels and pools follow torchvision's `squeezenet1_0` and `squeezenet1_1`. Each can be built
/// without bypass, with the paper's simple bypass (around fire3, 5, 7, 9) or its complex one (also a
/// 1×1 convolution around fire2, 4, 6, 8).
///
/// Source: F. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
/// <0.5MB model size", 2016, arXiv:1602.07360.
public final class SqueezeNet: Layer {
  /// Which network of the family.
  public enum Variant: String, CaseIterable, Sendable {
    /// The channels of 1.1, the pools of 1.0.
    case notebook
    case v1_0 = "1.0"
    case v1_1 = "1.1"
  }

  /// What is added around fire modules.
  public enum Bypass: String, CaseIterable, Sendable {
    case none, simple, complex
  }

  /// Everything that decides the network's shape.
  public struct Configuration: Equatable, Sendable {
    /// Channels and pools.
    public var variant = Variant.notebook
    /// What is added around fire modules.
    public var bypass = Bypass.simple
    /// What stands between each convolution and its ReLU, but for the last one.
    public var normalization = Normalization.none
    /// Whether a ReLU follows the last convolution, as in the notebook and the paper's code.
    public var hasFinalReLU = true
    /// The probability of zeroing an element before the last convolution.
    public var dropoutRate = 0.0
    /// Outputs of the last convolution.
    public var classes = 10

    /// The notebook's network without normalization.
    public init() {}

    /// A variant as it is usually built: 1.0 and 1.1 have no bypass.
    public init(variant: Variant) {
      self.variant = variant
      bypass = variant == .notebook ? .simple : .none
    }
  }

  /// A part of the network with the name that a summary shows.
  package struct Stage {
    /// The name, `fire2`.
    package let name: String
    /// The layers of the part.
    package let layer: any Layer
  }

  /// What the network was built from.
  package let configuration: Configuration
  let engine: any ConvolutionEngine
  /// Networks of the same shape for the threads that share a batch, kept for the next one.
  let replicas = Mutex([Replica]())
  /// All parts, from the image to the logits.
  package let stages: [Stage]

  /// A network whose weights are all zero; `initialize` draws them.
  package init(_ configuration: Configuration, engine: any ConvolutionEngine) {
    self.configuration = configuration
    self.engine = engine
    let build = Builder(configuration: configuration, engine: engine)
    let features =
      switch configuration.variant {
      case .notebook:
        [
          build.convolution(outputs: 64, kernelSize: 3),
          build.pool("maxpool1"),
          build.fire(2, inputs: 64, squeeze: 16, expand: 64),
          build.fire(3, inputs: 128, squeeze: 16, expand: 64),
          build.fire(4, inputs: 128, squeeze: 32, expand: 128),
          build.pool("maxpool2"),
          build.fire(5, inputs: 256, squeeze: 32, expand: 128),
          build.fire(6, inputs: 256, squeeze: 48, expand: 192),
          build.fire(7, inputs: 384, squeeze: 48, expand: 192),
          build.fire(8, inputs: 384, squeeze: 64, expand: 256),
          build.pool("maxpool3"),
          build.fire(9, inputs: 512, squeeze: 64, expand: 256),
        ]
      case .v1_0:
        [
          build.convolution(outputs: 96, kernelSize: 7),
          build.pool("maxpool1"),
          build.fire(2, inputs: 96, squeeze: 16, expand: 64),
          build.fire(3, inputs: 128, squeeze: 16, expand: 64),
          build.fire(4, inputs: 128, squeeze: 32, expand: 128),
          build.pool("maxpool2"),
          build.fire(5, inputs: 256, squeeze: 32, expand: 128),
          build.fire(6, inputs: 256, squeeze: 48, expand: 192),
          build.fire(7, inputs: 384, squeeze: 48, expand: 192),
          build.fire(8, inputs: 384, squeeze: 64, expand: 256),
          build.pool("maxpool3"),
          build.fire(9, inputs: 512, squeeze: 64, expand: 256),
        ]
      case .v1_1:
        [
          build.convolution(outputs: 64, kernelSize: 3),
          build.pool("maxpool1"),
          build.fire(2, inputs: 64, squeeze: 16, expand: 64),
          build.fire(3, inputs: 128, squeeze: 16, expand: 64),
          build.pool("maxpool2"),
          build.fire(4, inputs: 128, squeeze: 32, expand: 128),
          build.fire(5, inputs: 256, squeeze: 32, expand: 128),
          build.pool("maxpool3"),
          build.fire(6, inputs: 256, squeeze: 48, expand: 192),
          build.fire(7, inputs: 384, squeeze: 48, expand: 192),
          build.fire(8, inputs: 384, squeeze: 64, expand: 256),
          build.fire(9, inputs: 512, squeeze: 64, expand: 256),
        ]
      }
    stages = features + build.classifier(inputs: 512)
  }

  package var parameters: [Parameter] { stages.flatMap(\.layer.parameters) }
  package var buffers: [Buffer] { stages.flatMap(\.layer.buffers) }

  /// The number of trained numbers.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

  /// Draws all convolutions' weights (Kaiming normal, fan-out); biases are 0, norm scales 1 and
  /// shifts 0, as the notebook does.
  package func initialize(seed: UInt64) {
    for (index, parameter) in parameters.enumerated() where parameter.shape.count == 4 {
      parameter.initializeKaimingNormal(seed: seed, index: index)
    }
  }

  /// (N, 1, 1, classes).
  package func outputShape(for input: Shape) -> Shape {
    stages.reduce(input) { $1.layer.outputShape(for: $0) }
  }

  /// Checks that a square image leaves at least one pixel at every stage.
  ///
  /// - Throws: `Failure` with code 64 that names the first stage without pixels.
  package func checkImageSize(_ size: Int) throws {
    var shape = Shape(1, size, size, 3)
    for stage in stages {
      shape = stage.layer.outputShape(for: shape)
      guard shape.pixels > 0 else {
        throw Failure(
          .usage, "image size \(size) is too small: nothing is left of it after \(stage.name)")
      }
    }
  }

  /// Takes normalized images of shape (N, H, W, 3) to logits of shape (N, 1, 1, classes).
  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    var activations = input
    for stage in stages { activations = stage.layer.forward(activations, mode: mode) }
    return activations
  }

  /// Fills the gradients of all parameters from that of the logits, shape (N, 1, 1, classes).
  /// Returns an empty tensor: images need no gradient.
  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    var gradient = outputGradient
    for (i, stage) in stages.enumerated().reversed() {
      let epilogue =
        i == 0 ? epilogue : Epilogue(sums: stages[i - 1].layer.gradientSums)
      gradient = stage.layer.backward(gradient, epilogue: epilogue)
    }
    return gradient
  }
}

/// The parts of a network of one configuration.
private struct Builder {
  let configuration: SqueezeNet.Configuration
  let engine: any ConvolutionEngine

  func convolution(outputs: Int, kernelSize: Int) -> SqueezeNet.Stage {
    let block = ConvolutionBlock(
      "conv1",
      Convolution(inputChannels: 3, outputChannels: outputs, kernelSize: kernelSize, stride: 2),
      normalization: configuration.normalization, engine: engine)
    block.conv2d.needsInputGradient = false
    return SqueezeNet.Stage(name: "conv1", layer: block)
  }

  func pool(_ name: String) -> SqueezeNet.Stage {
    SqueezeNet.Stage(name: name, layer: MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true))
  }

  /// A fire module with the bypass that the configuration puts around it.
  func fire(_ number: Int, inputs: Int, squeeze: Int, expand: Int) -> SqueezeNet.Stage {
    let name = "fire\(number)"
    let fire = Fire(
      name, inputs: inputs, squeeze: squeeze, expand: expand,
      normalization: configuration.normalization, engine: engine)
    // Where a fire module keeps the number of channels, its input can be added as it is.
    let layer: any Layer =
      switch (configuration.bypass, inputs == 2 * expand) {
      case (.simple, true), (.complex, true): Residual(fire)
      case (.complex, false):
        Residual(
          fire,
          projection: ConvolutionBlock(
            "\(name).bypass",
            Convolution(inputChannels: inputs, outputChannels: 2 * expand, kernelSize: 1),
            normalization: configuration.normalization, hasReLU: false, engine: engine))
      default: fire
      }
    return SqueezeNet.Stage(name: name, layer: layer)
  }

  func classifier(inputs: Int) -> [SqueezeNet.Stage] {
    let conv10 = Conv2D(
      "classifier.1.conv2d",
      Convolution(
        inputChannels: inputs, outputChannels: configuration.classes, kernelSize: 1),
      engine: engine)
    return [SqueezeNet.Stage(name: "dropout", layer: Dropout(rate: configuration.dropoutRate))]
      + [SqueezeNet.Stage(name: "conv10", layer: conv10)]
      + (configuration.hasFinalReLU ? [SqueezeNet.Stage(name: "relu", layer: ReLU())] : [])
      + [SqueezeNet.Stage(name: "avgpool", layer: GlobalAveragePool2D())]
  }
}
