import Models
import NeuralNetwork
import Testing

@Suite("Plain network")
struct PlainNetworkTests {
  private let stages = SqueezeNet.plainStages(engine: DirectEngine())

  @Test("It does as many multiply-adds as the notebook's network, with more parameters")
  func size() {
    func total(_ stages: [SqueezeNet.Stage], _ value: (LayerDescription) -> Int) -> Double {
      Double(stages.architecture(imageSize: 224).reduce(0) { $0 + value($1) })
    }
    let own = SqueezeNet(SqueezeNet.Configuration(), engine: DirectEngine()).stages
    let ratio = total(stages, \.multiplyAdds) / total(own, \.multiplyAdds)
    #expect(abs(ratio - 1) < 0.002)
    #expect(total(stages, \.parameters) > 2 * total(own, \.parameters))
  }

  @Test("It is a chain: no layer has a branch or a bypass")
  func chain() {
    #expect(!stages.contains { $0.layer is Fire || $0.layer is Residual })
  }

  @Test("It takes an image to ten logits")
  func logits() {
    let shape = stages.reduce(Shape(1, 64, 64, 3)) { $1.layer.outputShape(for: $0) }
    #expect(shape == Shape(1, 1, 1, 10))
  }
}
