import NeuralNetwork

extension SqueezeNet {
  /// A network to compare with: 3×3 convolutions one after the other, without fire modules, branches
  /// or bypasses, for ten classes. At 224 px it has nearly the multiply-adds of the notebook's network
  /// (0.15 % more), and almost three times its parameters.
  ///
  /// - Parameter engine: What computes its convolutions.
  /// - Returns: Its parts from the image to the logits, without weights.
  package static func plainStages(engine: any ConvolutionEngine) -> [Stage] {
    func convolution(_ number: Int, _ inputs: Int, _ outputs: Int) -> Stage {
      let name = "conv\(number)"
      let isFirst = number == 1
      return Stage(
        name: name,
        layer: ConvolutionBlock(
          name,
          Convolution(
            inputChannels: inputs, outputChannels: outputs, kernelSize: 3,
            stride: isFirst ? 2 : 1, padding: isFirst ? 0 : 1),
          normalization: .none, engine: engine))
    }
    func pool(_ number: Int) -> Stage {
      Stage(
        name: "maxpool\(number)", layer: MaxPool2D(kernelSize: 3, stride: 2, ceilMode: true))
    }
    return [
      convolution(1, 3, 64), pool(1),
      convolution(2, 64, 64), pool(2),
      convolution(3, 64, 128), convolution(4, 128, 128), pool(3),
      convolution(5, 128, 256), convolution(6, 256, 256), convolution(7, 256, 384),
      Stage(
        name: "conv8",
        layer: Conv2D(
          "conv8", Convolution(inputChannels: 384, outputChannels: 10, kernelSize: 1),
          engine: engine)),
      Stage(name: "avgpool", layer: GlobalAveragePool2D()),
    ]
  }
}
