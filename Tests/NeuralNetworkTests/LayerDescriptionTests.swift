import NeuralNetwork
import Testing

/// A layer that the rest of the package does not know: it halves the image and doubles the channels.
private final class Folding: Layer {
  let weight = Parameter("weight", shape: [6])

  var parameters: [Parameter] { [weight] }

  func outputShape(for input: Shape) -> Shape {
    Shape(input.count, input.height / 2, input.width / 2, 2 * input.channels)
  }

  func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations { input }

  func backward(_ outputGradient: consuming Tensor, epilogue: Epilogue) -> Tensor {
    outputGradient
  }

  func kind(for input: Shape) -> LayerKind {
    LayerKind("Folding", multiplyAdds: input.elements, multiplyAddsWithBias: 2 * input.elements)
  }

  func memory(for input: Shape, threads: Int) -> LayerMemory {
    LayerMemory(forward: [10], backward: [4, -14])
  }
}

@Suite("Description of layers")
struct LayerDescriptionTests {
  @Test("A layer without children is described by its kind, shape and parameters")
  func leaf() {
    let description = Folding().architecture(imageSize: 8)
    #expect(description.leaves == [description])
    #expect(description.kind.type == "Folding")
    #expect(description.outputShape == Shape(1, 4, 4, 6))
    #expect(description.parameters == 6)
    #expect((description.multiplyAdds, description.multiplyAddsWithBias) == (192, 384))
  }

  @Test("A description lists children by name, then their join, and adds up numbers")
  func tree() {
    let layer = Residual(Folding(), projection: Folding())
    let description = layer.architecture(imageSize: 8)
    #expect(description.leaves.map(\.path) == [[], ["bypass"], ["add"]])
    #expect(description.leaves.map(\.kind.type) == ["Folding", "Folding", "Addition"])
    #expect(description.leaves.allSatisfy { $0.outputShape == Shape(1, 4, 4, 6) })
    #expect(description.parameters == 12)
    #expect(description.multiplyAdds == 384)
    #expect(layer.parameters.map(\.name) == ["weight", "weight"])
  }

  @Test("The peak of a memory profile is its highest running sum")
  func peak() {
    #expect(LayerMemory.peak([]) == 0)
    #expect(LayerMemory.peak([3, -1, 4, -6, 5]) == 6)
    #expect(LayerMemory.peak([-3, 2]) == 0)
  }

  @Test("A bypass adds the memory of its sum and of the gradient that both branches read")
  func bypassMemory() {
    let memory = Residual(Folding()).memory(for: Shape(1, 8, 8, 3), threads: 1)
    #expect(memory.forward == [10, 96])
    #expect(memory.backward == [-96, 96, 4, -14, -96])
  }
}
