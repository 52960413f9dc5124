import Models
import NeuralNetwork
import Reporting
import Testing

@Suite("Architecture drawing")
struct ArchitectureDrawingTests {
  private func svg(_ change: (inout SqueezeNet.Configuration) -> Void = { _ in }) -> String {
    var configuration = SqueezeNet.Configuration()
    change(&configuration)
    let network = SqueezeNet(configuration, engine: DirectEngine())
    return ArchitectureDrawing.svg(network, imageSize: 224).elements.joined(separator: "\n")
  }

  private func sums(_ svg: String) -> Int { svg.split(separator: "<circle").count - 1 }

  @Test("The architecture drawing shows the network's widths, output sizes and parameters as text")
  func content() {
    let svg = svg()
    for text in [
      "3×3, stride 2: 64", "squeeze 1×1: 48", "1×1: 192", "3×3: 192", "64×111×111", "512×13×13",
      "10×1×1", "fire9", "197,184",
    ] { #expect(svg.contains(">\(text)</text>"), "\(text)") }
    #expect(svg == self.svg())
  }

  @Test("The architecture drawing shows a sum per bypass and a convolution in a complex one")
  func bypasses() {
    #expect(sums(svg()) == 4)
    #expect(sums(svg { $0.bypass = .none }) == 0)
    let complex = svg { $0.bypass = .complex }
    #expect(sums(complex) == 8)
    #expect(complex.contains(">1×1: 384</text>"))
  }

  @Test("The architecture drawing follows the variant")
  func variant() {
    let svg = svg { $0 = SqueezeNet.Configuration(variant: .v1_0) }
    #expect(svg.contains(">7×7, stride 2: 96</text>"))
    #expect(!svg.contains("bypass"))
  }
}
