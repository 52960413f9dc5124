import Models
import NeuralNetwork
import Reporting
import Support
import Training

private let settingRows = Settings.table(
  "--image-size", "--norm", "--variant", "--bypass", "--classes")

let summaryCommand = Subcommand(
  name: "summary", usage: "[options]",
  summary: "list the network's layers with shapes, parameters and multiply-adds",
  options: settingRows.map { $0.option(of: .at224Pixels) } + [
    Option("--csv", help: "as comma-separated values")
  ],
  run: { options, context in
    try options.rejectArguments()
    var settings = Settings.at224Pixels
    for row in settingRows { try row.apply(options, to: &settings) }
    let network = SqueezeNet(settings.model, engine: DirectEngine())
    try network.checkImageSize(settings.crop)
    let summary = ArchitectureSummary(network, imageSize: settings.crop)
    try context.write(options.has("--csv") ? summary.table.text : summary.text)
  })
