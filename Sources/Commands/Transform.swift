import Datasets
import Support

let transformCommand = Subcommand(
  name: "transform", usage: "IMAGE OUT.ppm --resize S [options]",
  summary: "apply the training transform with given draws to an image",
  options: [
    Option("--resize", value: "S", help: "short side in pixels"),
    Option("--rotate", value: "DEGREES", help: "counter-clockwise"),
    Option("--crop", value: "TOP,LEFT,SIZE", help: "square in pixels"),
    Option("--center-crop", value: "SIZE", help: "square in pixels"),
    Option("--flip", help: "mirror left and right"),
  ],
  run: { options, _ in
    guard options.arguments.count == 2 else {
      throw Failure(
        .usage, "expected an image and an output file, got \(options.arguments.count) arguments")
    }
    guard let size = try options.integer("--resize", in: 1...16_384) else {
      throw Failure(.usage, "--resize is needed")
    }
    let angle = try options.number("--rotate", expected: "an angle in degrees") { _ in true }
    let side = try options.integer("--center-crop", in: 1...16_384)
    let crop = try options.text("--crop").map(cropNumbers)
    guard crop == nil || side == nil else {
      throw Failure(.usage, "--crop and --center-crop exclude each other")
    }
    let path = options.arguments[0]
    let whole = try Image(contentsOf: path)
    try whole.requireResizable(shortSide: size, path: path)
    var warp = Warp(resizing: whole.size, shortSide: size)
    if let angle { warp = warp.rotated(degrees: angle) }
    if let crop {
      guard crop.top + crop.side <= warp.size.height, crop.left + crop.side <= warp.size.width
      else {
        throw Failure(
          .usage,
          "--crop: \(crop.side) pixels from row \(crop.top), column \(crop.left) do not fit into "
            + "\(warp.size)")
      }
      warp = warp.cropped(top: crop.top, left: crop.left, side: crop.side)
    }
    if let side { warp = warp.centerCropped(side: side) }
    if options.has("--flip") { warp = warp.mirrored() }
    try Files.write(whole.warped(by: warp).ppm, to: options.arguments[1])
  })

private func cropNumbers(_ text: String) throws -> (top: Int, left: Int, side: Int) {
  let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
  guard numbers.count == 3, let top = numbers[0], let left = numbers[1], let side = numbers[2],
    top >= 0, left >= 0, (1...16_384).contains(side), top < 1 << 30, left < 1 << 30
  else { throw Failure(.usage, "--crop: expected TOP,LEFT,SIZE in pixels, got '\(text)'") }
  return (top, left, side)
}
