import Models
import NeuralNetwork
import Reporting
import Testing

@Suite("Architecture summary")
struct ArchitectureTreeTests {
  private func lines(
    imageSize: Int = 224, change: (inout SqueezeNet.Configuration) -> Void = { _ in }
  ) -> [String] {
    var configuration = SqueezeNet.Configuration()
    change(&configuration)
    let network = SqueezeNet(configuration, engine: DirectEngine())
    return ArchitectureSummary(network, imageSize: imageSize).text.split(separator: "\n")
      .map(String.init)
  }

  @Test("The architecture tree lists fire modules above their parts within 80 columns")
  func tree() throws {
    let lines = lines()
    let start = try #require(lines.firstIndex { $0.hasPrefix("fire3") })
    #expect(
      lines[start..<start + 6] == [
        "fire3         Fire, bypass                 128x55x55      12,432     37,171,200",
        "├─ squeeze    Conv2d, ReLU       1×1        16x55x55       2,064      6,195,200",
        "├─ expand1x1  Conv2d, ReLU       1×1        64x55x55       1,088      3,097,600",
        "├─ expand3x3  Conv2d, ReLU       3×3        64x55x55       9,280     27,878,400",
        "├─ cat        Concatenation                128x55x55",
        "└─ add        Addition                     128x55x55",
      ])
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test(
    "The architecture tree shows batch norm beside its convolution and the projection in its module"
  )
  func variants() {
    let lines = lines {
      $0.normalization = .batch
      $0.bypass = .complex
    }
    #expect(lines.contains { $0.hasPrefix("├─ squeeze") && $0.contains("Conv2d, norm, ReLU") })
    #expect(lines.contains { $0.hasPrefix("├─ bypass") && $0.contains("Conv2d, norm  ") })
    #expect(lines.contains { $0.hasPrefix("conv1") && $0.contains("3×3 / 2") })
  }

  @Test(
    "The architecture tree's sizes equal torchinfo's",
    arguments: [
      (Normalization.none, 224, "0.60", "15.56", "2.91", "34.63"),
      (.batch, 224, "0.60", "31.11", "2.93", "65.76"),
      (.none, 128, "0.20", "4.90", "2.91", "12.91"),
      (.batch, 128, "0.20", "9.80", "2.93", "22.73"),
    ])
  func sizes(
    norm: Normalization, size: Int, input: String, activations: String, parameters: String,
    total: String
  ) {
    let lines = lines(imageSize: size) { $0.normalization = norm }
    for (name, number) in [
      ("input", input), ("activations", activations), ("parameters", parameters),
    ] {
      #expect(lines.contains { $0.hasPrefix(name) && $0.contains(" \(number) MB") }, "\(name)")
    }
    #expect(lines.contains { $0.hasPrefix("total") && $0.hasSuffix(" \(total) MB") })
  }

  @Test("The architecture summary includes layers of a new kind in rows and totals")
  func newKind() {
    let rows = ArchitectureSummary(Stack(Shifting()), imageSize: 8).text.split(separator: "\n")
      .map { $0.split(separator: " ") }
    #expect(rows.contains(["new", "Shifting", "3x8x8", "5", "192"]))
    #expect(rows.contains(["total", "5", "192"]))
  }
}

/// A layer that the package does not know.
private final class Shifting: Layer {
  let parameters = [Parameter("shift", shape: [5])]

  func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations { input }
  func backward(_ outputGradient: consuming Tensor, epilogue: Epilogue) -> Tensor {
    outputGradient
  }
  func outputShape(for input: Shape) -> Shape { input }
  func kind(for input: Shape) -> LayerKind { LayerKind("Shifting", multiplyAdds: input.elements) }
  func memory(for input: Shape, threads: Int) -> LayerMemory {
    LayerMemory(forward: [], backward: [])
  }
}

/// A network of one layer.
private final class Stack: Layer {
  let children: [NamedLayer]

  init(_ layer: any Layer) { children = [NamedLayer("new", layer)] }

  func forward(_ input: consuming LazyActivations, mode: Mode) -> LazyActivations { input }
  func backward(_ outputGradient: consuming Tensor, epilogue: Epilogue) -> Tensor {
    outputGradient
  }
  func outputShape(for input: Shape) -> Shape { input }
  func kind(for input: Shape) -> LayerKind { LayerKind("Stack") }
  func memory(for input: Shape, threads: Int) -> LayerMemory {
    LayerMemory(forward: [], backward: [])
  }
}
