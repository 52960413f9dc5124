import Foundation
import Models
import NeuralNetwork
import Support
import Training

/// How long the notebook's network and a plain one of as many multiply-adds take for one image.
struct PlainComparison {
  private let networks: [(name: String, stages: [SqueezeNet.Stage])]
  private let image: Tensor

  /// - Parameters:
  ///   - engine: What computes both networks' convolutions.
  ///   - imageSize: Height and width of the image in pixels.
  init(engine: Engine, imageSize: Int) {
    let squeezeNet = SqueezeNet(SqueezeNet.Configuration(), engine: engine.convolutions)
    networks = [
      ("squeezenet", squeezeNet.stages),
      ("plain", SqueezeNet.plainStages(engine: engine.convolutions)),
    ]
    for parameters in networks.map({ $0.stages.flatMap(\.layer.parameters) }) {
      for (index, parameter) in parameters.enumerated() where parameter.shape.count == 4 {
        parameter.initializeKaimingNormal(seed: 0, index: index)
      }
    }
    image = randomImages(Shape(1, imageSize, imageSize, 3))
  }

  /// A row a network. A time is that of the fastest of many images, the networks taking turns.
  var table: Table {
    var best = networks.map { _ in Double.infinity }
    let clock = ContinuousClock()
    let start = clock.now
    repeat {
      for (index, network) in networks.enumerated() {
        let duration = clock.measure { _ = logits(network.stages) }
        best[index] = min(best[index], duration / .milliseconds(1))
      }
    } while clock.now - start < .seconds(10)
    let date = String(ISO8601DateFormatter().string(from: Date()).prefix(10))
    return Table(
      columns: [
        "network", "image_size", "parameters", "multiply_adds", "milliseconds", "threads",
        "target", "date",
      ],
      rows: zip(networks, best).map { network, milliseconds in
        let layers = network.stages.architecture(imageSize: image.shape.height)
        return [
          network.name, "\(image.shape.height)", "\(layers.reduce(0) { $0 + $1.parameters })",
          "\(layers.reduce(0) { $0 + $1.multiplyAdds })", decimals(milliseconds, 3),
          "\(Parallel.threads)", compilationTarget, date,
        ]
      })
  }

  private func logits(_ stages: [SqueezeNet.Stage]) -> [Float] {
    var activations = LazyActivations(image)
    for stage in stages { activations = stage.layer.forward(activations, mode: .evaluation) }
    return activations.materialized().elements
  }
}
