import Models
import NeuralNetwork

/// A drawing of a network made from its layers' descriptions: the stages from the image at the top to
/// the logits at the bottom with their output sizes, the inside of fire modules, and bypasses beside
/// them.
package struct ArchitectureDrawing {
  private var elements: [String] = []
  private var y = 0

  /// Positions in pixels.
  private enum Layout {
    static let width = 720
    /// The line that joins the stages.
    static let spine = 290
    static let box = 120..<460
    static let bypass = 492
    static let outputSize = 590
    static let parameters = 706
    static let gap = 20
  }

  private enum Ink {
    static let line = "#666666"
    static let box = "#f4f4f4"
    // Tints of colors that no experiment has in other figures.
    static let oneByOne = "#cfe8f8"
    static let threeByThree = "#fbe3b0"
    static let bypass = "#CC79A7"
  }

  /// Draws a network.
  ///
  /// - Parameters:
  ///   - network: The network; its weights do not matter.
  ///   - imageSize: The height and width of its images in pixels.
  /// - Returns: The same for the same network.
  package static func svg(_ network: SqueezeNet, imageSize: Int) -> SVG {
    var drawing = ArchitectureDrawing()
    drawing.draw(network, imageSize: imageSize)
    return SVG(width: Layout.width, height: drawing.y, elements: drawing.elements)
  }

  private mutating func draw(_ network: SqueezeNet, imageSize: Int) {
    drawKey(network.configuration)
    y = 66
    text("output (C×H×W)", x: Layout.outputSize, y: y, anchor: "end", isBold: true)
    text("parameters", x: Layout.parameters, y: y, anchor: "end", isBold: true)
    y = 74
    text("image", x: Layout.spine, y: y + 12, anchor: "middle")
    text(size(Shape(1, imageSize, imageSize, 3)), x: Layout.outputSize, y: y + 12, anchor: "end")
    y += 18
    for stage in network.architecture(imageSize: imageSize).children { draw(stage) }
    connect(height: 16)
    text("logits", x: Layout.spine, y: y + 14, anchor: "middle")
    y += 26
  }

  /// Draws the meaning of the colors, and a line about the layers that are not drawn.
  private mutating func drawKey(_ configuration: SqueezeNet.Configuration) {
    var x = 16
    for (name, color) in [
      ("1×1 convolution", Ink.oneByOne), ("3×3 or larger", Ink.threeByThree),
    ] {
      rectangle(x: x, y: 12, width: 26, height: 16, fill: color, radius: 8)
      text(name, x: x + 33, y: 25)
      x += 165
    }
    if configuration.bypass != .none {
      line("M \(x) 20 h 26", color: Ink.bypass, width: 2)
      text("bypass: the input is added", x: x + 33, y: 25)
    }
    let norm =
      configuration.normalization == .batch ? "batch norm and a ReLU follow" : "a ReLU follows"
    text(
      "Numbers in boxes are output channels; \(norm) every convolution but the last.", x: 16, y: 45,
      size: 12)
  }

  private mutating func draw(_ stage: LayerDescription) {
    let isResidual = stage.kind.join == .addition
    let body = isResidual ? stage.children[0] : stage
    let fire = fireParts(body)
    let height = fire == nil ? 24 : 48
    let start = y
    connect(height: Layout.gap)
    if let fire { draw(fire, height: height) } else { drawBox(body, height: height) }
    let middle = y + height / 2 + 5
    text(stage.path.last ?? "", x: 16, y: middle, isBold: fire != nil)
    text(size(stage.outputShape), x: Layout.outputSize, y: middle, anchor: "end")
    if stage.parameters > 0 {
      text(Rounding.count(stage.parameters), x: Layout.parameters, y: middle, anchor: "end")
    }
    y += height
    if isResidual {
      drawBypass(from: start + 5, projection: stage.children.dropFirst().dropLast().first)
    }
  }

  /// The parts of a fire module; `nil` unless the layer is a squeeze followed by two
  /// concatenated expands.
  private func fireParts(_ layer: LayerDescription) -> FireParts? {
    guard layer.kind.join == .concatenation, layer.children.count == 4 else { return nil }
    return (layer.children[0], Array(layer.children[1...2]))
  }

  private typealias FireParts = (squeeze: LayerDescription, expand: [LayerDescription])

  private mutating func draw(_ fire: FireParts, height: Int) {
    rectangle(
      x: Layout.box.lowerBound, y: y, width: Layout.box.count, height: height, fill: Ink.box,
      radius: 4)
    let (left, right) = (Layout.box.lowerBound, Layout.box.upperBound)
    let middle = y + height / 2
    for middleOfBranch in [y + 13, y + height - 13] {
      line("M \(left + 130) \(middle) L \(left + 165) \(middleOfBranch)", color: Ink.line)
      line("M \(left + 265) \(middleOfBranch) L \(right - 62) \(middle)", color: Ink.line)
    }
    pill(
      fire.squeeze, x: left + 12, y: middle - 10, width: 118,
      prefix: "\(fire.squeeze.path.last ?? "") ")
    pill(fire.expand[0], x: left + 165, y: y + 3, width: 100)
    pill(fire.expand[1], x: left + 165, y: y + height - 23, width: 100)
    text("concat", x: right - 10, y: middle + 5, anchor: "end", size: 12)
  }

  private mutating func drawBox(_ layer: LayerDescription, height: Int) {
    rectangle(
      x: Layout.box.lowerBound, y: y, width: Layout.box.count, height: height, fill: color(layer),
      radius: 4)
    text(
      kind(layer).phrase, x: Layout.spine, y: y + height / 2 + 5, anchor: "middle")
  }

  /// Draws a bypass from the line above a box to the line below it, which starts where the box ends.
  private mutating func drawBypass(from start: Int, projection: LayerDescription?) {
    let (spine, side, end) = (Layout.spine, Layout.bypass, y + 8)
    line(
      "M \(spine) \(start) H \(side - 8) q 8 0 8 8 V \(end - 8) q 0 8 -8 8 H \(spine + 6)",
      color: Ink.bypass, width: 2)
    elements.append(
      "<circle cx=\"\(spine)\" cy=\"\(end)\" r=\"6\" fill=\"#ffffff\" stroke=\"\(Ink.bypass)\" "
        + "stroke-width=\"2\"/>")
    line(
      "M \(spine - 3) \(end) h 6 M \(spine) \(end - 3) v 6", color: Ink.bypass, width: 2)
    if let projection {
      pill(projection, x: side - 29, y: (start + end) / 2 - 10, width: 62)
    }
    // The line continues below the sum.
    y += 14
  }

  /// Draws a line downward that ends in an arrow.
  private mutating func connect(height: Int) {
    let x = Layout.spine
    line("M \(x) \(y) v \(height)", color: Ink.line)
    line("M \(x - 4) \(y + height - 5) l 4 5 l 4 -5", color: Ink.line)
    y += height
  }

  // MARK: - Words

  private func size(_ shape: Shape) -> String {
    "\(shape.channels)×\(shape.height)×\(shape.width)"
  }

  /// The kind that a box shows: the layer's own, or that of the first layer of a chain, a convolution
  /// with what follows it.
  private func kind(_ layer: LayerDescription) -> LayerKind {
    layer.kind.join == nil ? layer.leaves[0].kind : layer.kind
  }

  /// The fill of a box: convolutions are colored by the size of their kernel.
  private func color(_ layer: LayerDescription) -> String {
    guard layer.parameters > 0, let window = kind(layer).window else { return Ink.box }
    return window.size == 1 ? Ink.oneByOne : Ink.threeByThree
  }

  // MARK: - SVG

  private mutating func pill(
    _ layer: LayerDescription, x: Int, y: Int, width: Int, prefix: String = ""
  ) {
    rectangle(x: x, y: y, width: width, height: 20, fill: color(layer), radius: 10)
    text(
      "\(prefix)\(kind(layer).phrase)", x: x + width / 2, y: y + 15, anchor: "middle", size: 13)
  }

  private mutating func rectangle(
    x: Int, y: Int, width: Int, height: Int, fill: String, radius: Int
  ) {
    elements.append(
      "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" rx=\"\(radius)\" "
        + "fill=\"\(fill)\" stroke=\"\(Ink.line)\"/>")
  }

  private mutating func line(_ path: String, color: String, width: Int = 1) {
    elements.append(
      "<path d=\"\(path)\" fill=\"none\" stroke=\"\(color)\" stroke-width=\"\(width)\"/>")
  }

  private mutating func text(
    _ text: String, x: Int, y: Int, anchor: String = "start", isBold: Bool = false, size: Int = 14
  ) {
    elements.append(SVG.text(text, x: x, y: y, anchor: anchor, isBold: isBold, size: size))
  }
}
