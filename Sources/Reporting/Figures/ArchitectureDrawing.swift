import Models
import NeuralNetwork

/// A network drawn from its own layers: stages from the image at the top to the logits at the bottom,
/// what a fire module consists of, bypasses beside it, and what each stage leaves of the image.
package struct ArchitectureDrawing {
  private var elements: [String] = []
  private var y = 0

  /// Where things stand, in pixels of a page 720 wide.
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
    static let text = "#222222"
    static let line = "#666666"
    static let box = "#f4f4f4"
    // Tints of colors that stand for no experiment.
    static let oneByOne = "#cfe8f8"
    static let threeByThree = "#fbe3b0"
    static let bypass = "#CC79A7"
  }

  /// The drawing as an SVG file, the same bytes for the same network.
  ///
  /// - Parameters:
  ///   - network: Its weights do not matter.
  ///   - imageSize: Height and width of the image in pixels.
  /// - Returns: The whole file.
  package static func svg(_ network: SqueezeNet, imageSize: Int) -> String {
    var drawing = ArchitectureDrawing()
    drawing.draw(network, imageSize: imageSize)
    let height = drawing.y
    return """
      <?xml version="1.0" encoding="utf-8"?>
      <svg width="\(Layout.width)" height="\(height)" viewBox="0 0 \(Layout.width) \(height)" \
      xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="14">
      <title>The network's stages with their output sizes</title>
      <rect width="\(Layout.width)" height="\(height)" fill="#ffffff"/>
      \(drawing.elements.joined(separator: "\n"))
      </svg>

      """
  }

  private mutating func draw(_ network: SqueezeNet, imageSize: Int) {
    drawKey(network.configuration)
    y = 66
    text("output (C×H×W)", x: Layout.outputSize, y: y, anchor: "end", isBold: true)
    text("parameters", x: Layout.parameters, y: y, anchor: "end", isBold: true)
    y = 74
    var shape = Shape(1, imageSize, imageSize, 3)
    text("image", x: Layout.spine, y: y + 12, anchor: "middle")
    text(size(shape), x: Layout.outputSize, y: y + 12, anchor: "end")
    y += 18
    for stage in network.stages {
      shape = stage.layer.outputShape(for: shape)
      draw(stage, output: shape)
    }
    connect(height: 16)
    text("logits", x: Layout.spine, y: y + 14, anchor: "middle")
    y += 26
  }

  /// What the colors mean and what is not drawn.
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

  private mutating func draw(_ stage: SqueezeNet.Stage, output: Shape) {
    let residual = stage.layer as? Residual
    let body = residual?.body ?? stage.layer
    let height = body is Fire ? 48 : 24
    let start = y
    connect(height: Layout.gap)
    switch body {
    case let fire as Fire: draw(fire, height: height)
    case let block as ConvolutionBlock: draw(block.conv2d, height: height)
    case let convolution as Conv2D: draw(convolution, height: height)
    default: drawBox(name(of: body), height: height)
    }
    let middle = y + height / 2 + 5
    text(stage.name, x: 16, y: middle, isBold: body is Fire)
    text(size(output), x: Layout.outputSize, y: middle, anchor: "end")
    let parameters = stage.layer.parameters.reduce(0) { $0 + $1.value.count }
    if parameters > 0 {
      text(Rounding.count(parameters), x: Layout.parameters, y: middle, anchor: "end")
    }
    y += height
    if let residual { drawBypass(from: start + 5, projection: residual.projection) }
  }

  private mutating func draw(_ fire: Fire, height: Int) {
    drawBox("", height: height)
    let (left, right) = (Layout.box.lowerBound, Layout.box.upperBound)
    let middle = y + height / 2
    for middleOfBranch in [y + 13, y + height - 13] {
      line("M \(left + 130) \(middle) L \(left + 165) \(middleOfBranch)", color: Ink.line)
      line("M \(left + 265) \(middleOfBranch) L \(right - 62) \(middle)", color: Ink.line)
    }
    pill(fire.squeeze.conv2d, x: left + 12, y: middle - 10, width: 118, prefix: "squeeze ")
    pill(fire.expand1x1.conv2d, x: left + 165, y: y + 3, width: 100)
    pill(fire.expand3x3.conv2d, x: left + 165, y: y + height - 23, width: 100)
    text("concat", x: right - 10, y: middle + 5, anchor: "end", size: 12)
  }

  private mutating func draw(_ convolution: Conv2D, height: Int) {
    let sizes = convolution.convolution
    let stride = sizes.stride > 1 ? ", stride \(sizes.stride)" : ""
    rectangle(
      x: Layout.box.lowerBound, y: y, width: Layout.box.count, height: height,
      fill: color(convolution), radius: 4)
    text(
      "\(kernel(convolution))\(stride): \(sizes.outputChannels)", x: Layout.spine, y: y + 17,
      anchor: "middle")
  }

  private mutating func drawBox(_ name: String, height: Int) {
    rectangle(
      x: Layout.box.lowerBound, y: y, width: Layout.box.count, height: height, fill: Ink.box,
      radius: 4)
    if !name.isEmpty { text(name, x: Layout.spine, y: y + height / 2 + 5, anchor: "middle") }
  }

  /// From the line above a box to the line below it, which starts where the box ends.
  private mutating func drawBypass(from start: Int, projection: (any Layer)?) {
    let (spine, side, end) = (Layout.spine, Layout.bypass, y + 8)
    line(
      "M \(spine) \(start) H \(side - 8) q 8 0 8 8 V \(end - 8) q 0 8 -8 8 H \(spine + 6)",
      color: Ink.bypass, width: 2)
    elements.append(
      "<circle cx=\"\(spine)\" cy=\"\(end)\" r=\"6\" fill=\"#ffffff\" stroke=\"\(Ink.bypass)\" "
        + "stroke-width=\"2\"/>")
    line(
      "M \(spine - 3) \(end) h 6 M \(spine) \(end - 3) v 6", color: Ink.bypass, width: 2)
    if let block = projection as? ConvolutionBlock {
      pill(block.conv2d, x: side - 29, y: (start + end) / 2 - 10, width: 62)
    }
    // The line goes on below the sum.
    y += 14
  }

  /// A line downward that ends in an arrow.
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

  private func kernel(_ convolution: Conv2D) -> String {
    "\(convolution.convolution.kernelSize)×\(convolution.convolution.kernelSize)"
  }

  private func color(_ convolution: Conv2D) -> String {
    convolution.convolution.kernelSize == 1 ? Ink.oneByOne : Ink.threeByThree
  }

  private func name(of layer: any Layer) -> String {
    switch layer {
    case let pool as MaxPool2D:
      "maximum of \(pool.kernelSize)×\(pool.kernelSize), stride \(pool.stride)"
    case is Dropout: "dropout"
    case is ReLU: "ReLU"
    case is GlobalAveragePool2D: "average over the image"
    default: ""
    }
  }

  // MARK: - SVG

  private mutating func pill(
    _ convolution: Conv2D, x: Int, y: Int, width: Int, prefix: String = ""
  ) {
    rectangle(x: x, y: y, width: width, height: 20, fill: color(convolution), radius: 10)
    text(
      "\(prefix)\(kernel(convolution)): \(convolution.convolution.outputChannels)",
      x: x + width / 2, y: y + 15, anchor: "middle", size: 13)
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
    elements.append(
      "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\" font-size=\"\(size)\""
        + (isBold ? " font-weight=\"bold\"" : "") + " fill=\"\(Ink.text)\">\(text)</text>")
  }
}
