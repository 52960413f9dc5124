import NeuralNetwork
import Support

/// The normalization between a convolution and its ReLU.
public enum Normalization: String, CaseIterable, Sendable {
  case none, batch
}

/// SqueezeNet: a convolution, eight fire modules with pools between them, a 1×1 convolution with one
/// output per class, and the mean over the image.
///
/// There are three macro-architectures: the notebook's, and versions 1.0 and 1.1 of the paper's
/// authors, with channels and pools as in torchvision's `squeezenet1_0` and `squeezenet1_1`. Each can
/// be built without bypass, with the paper's simple bypass (around fire3, 5, 7, 9) or with its complex
/// bypass (in addition a 1×1 convolution around fire2, 4, 6, 8).
///
/// Source: F. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and
/// <0.5MB model size", 2016, arXiv:1602.07360.
public final class SqueezeNet: Layer {
  /// A network of the family.
  public enum Variant: String, CaseIterable, Sendable {
    /// The channels of 1.1 with the pools of 1.0.
    case notebook
    case v1_0 = "1.0"
    case v1_1 = "1.1"
  }

  /// The bypass around fire modules.
  public enum Bypass: String, CaseIterable, Sendable {
    case none, simple, complex
  }

  /// Everything that determines the network.
  public struct Configuration: Equatable, Sendable {
    /// The channels and pools.
    public var variant = Variant.notebook
    /// The bypass around fire modules.
    public var bypass = Bypass.simple
    /// The normalization between each convolution but the last and its ReLU.
    public var normalization = Normalization.none
    /// Whether a ReLU follows the last convolution, as in the notebook and the paper's code.
    public var hasFinalReLU = true
    /// The probability of zeroing an element before the last convolution.
    public var dropoutRate = 0.0
    /// The outputs of the last convolution.
    public var classes = 10

    /// Creates the notebook's network without normalization.
    public init() {}

    /// Creates a variant in its original form: 1.0 and 1.1 have no bypass.
    public init(variant: Variant) {
      self.variant = variant
      bypass = variant == .notebook ? .simple : .none
    }
  }

  /// The configuration that the network was built from.
  package let configuration: Configuration
  let engine: any ConvolutionEngine
  /// Replicas that no thread uses at the moment, kept for the next batch.
  let replicas = Mutex([Replica]())
  /// The layers from the image to the logits.
  package let children: [NamedLayer]

  /// Creates a network whose weights are all zero; `initialize` draws them.
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
    children = features + build.classifier(inputs: 512)
  }

  /// The number of trained parameters.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

  /// Draws the weights of all convolutions (Kaiming normal, fan-out). As in the notebook, biases stay
  /// 0, and the scales and shifts of norms 1 and 0.
  package func initialize(seed: UInt64) {
    for (index, parameter) in parameters.enumerated() where parameter.shape.count == 4 {
      parameter.initializeKaimingNormal(seed: seed, index: index)
    }
  }

  /// The shape of the logits, (N, 1, 1, classes).
  package func outputShape(for input: Shape) -> Shape {
    children.reduce(input) { $1.layer.outputShape(for: $0) }
  }

  package func kind(for input: Shape) -> LayerKind { LayerKind("SqueezeNet") }

  /// Checks that every layer's output has at least one pixel for a square image.
  ///
  /// - Throws: `Failure` with code 64 that names the first layer without one.
  package func checkImageSize(_ size: Int) throws {
    for (child, input) in zip(children, childInputs(for: Shape(1, size, size, 3)))
    where child.layer.outputShape(for: input).pixels == 0 {
      throw Failure(
        .usage,
        "image size \(size) is too small: nothing is left of it after \(child.name ?? "")")
    }
  }

  /// Computes the logits, shape (N, 1, 1, classes), of normalized images, shape (N, H, W, 3).
  package func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations {
    var activations = input
    for child in children { activations = child.layer.forward(activations, mode: mode) }
    return activations
  }

  /// Accumulates the gradients of all parameters from that of the logits, shape (N, 1, 1, classes).
  /// Returns an empty tensor, since images need no gradient.
  package func backward(
    _ outputGradient: consuming Tensor, epilogue: Epilogue
  ) -> Tensor {
    var gradient = outputGradient
    for (i, child) in children.enumerated().reversed() {
      let epilogue =
        i == 0 ? epilogue : Epilogue(sums: children[i - 1].layer.gradientSums)
      gradient = child.layer.backward(gradient, epilogue: epilogue)
    }
    return gradient
  }

  package func memory(for input: Shape, threads: Int) -> LayerMemory {
    let passes = zip(children, childInputs(for: input)).map {
      $0.layer.memory(for: $1, threads: threads)
    }
    return LayerMemory(
      forward: passes.flatMap(\.forward), backward: passes.reversed().flatMap(\.backward))
  }
}

/// Creates the layers of a configuration under their names.
private struct Builder {
  let configuration: SqueezeNet.Configuration
  let engine: any ConvolutionEngine

  func convolution(outputs: Int, kernelSize: Int) -> NamedLayer {
    let block = ConvolutionBlock(
      "conv1",
      Convolution(inputChannels: 3, outputChannels: outputs, kernelSize: kernelSize, stride: 2),
      normalization: configuration.normalization, engine: engine)
    block.conv2d.needsInputGradient = false
    return NamedLayer("conv1", block)
  }

  func pool(_ name: String) -> NamedLayer {
    NamedLayer(name, MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true))
  }

  /// A fire module with the configuration's bypass around it.
  func fire(_ number: Int, inputs: Int, squeeze: Int, expand: Int) -> NamedLayer {
    let name = "fire\(number)"
    let fire = Fire(
      name, inputs: inputs, squeeze: squeeze, expand: expand,
      normalization: configuration.normalization, engine: engine)
    // A fire module that keeps the number of channels allows its input to be added unchanged.
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
    return NamedLayer(name, layer)
  }

  func classifier(inputs: Int) -> [NamedLayer] {
    let conv10 = Conv2D(
      "classifier.1.conv2d",
      Convolution(
        inputChannels: inputs, outputChannels: configuration.classes, kernelSize: 1),
      engine: engine)
    return [
      NamedLayer("dropout", Dropout(rate: configuration.dropoutRate)),
      NamedLayer("conv10", conv10),
    ] + (configuration.hasFinalReLU ? [NamedLayer("relu", ReLU())] : [])
      + [NamedLayer("avgpool", GlobalAveragePool2D())]
  }
}
