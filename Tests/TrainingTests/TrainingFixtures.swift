import Datasets
import Foundation
import NeuralNetwork
import Support
import Testing
import Training

/// The folder of the peers' results.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Fixtures").path

/// Calls `body` with a new folder that is removed at the end.
func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("training-\(UUID().uuidString)").path
  try Files.createFolder(path)
  defer { try? FileManager.default.removeItem(atPath: path) }
  try body(path)
}

/// Writes a folder in Imagenette's layout: two classes that differ in color, of noisy images.
func writeImages(to path: String, training: Int = 10, validation: Int = 4) throws {
  for (split, count) in [("train", training), ("val", validation)] {
    for (label, name) in ["n01", "n02"].enumerated() {
      try Files.createFolder("\(path)/\(split)/\(name)")
      for i in 0..<count {
        var stream = RandomStream(
          seed: UInt64(label), purpose: .demoImages, epoch: split == "train" ? 1 : 2, sample: i)
        let size = ImageSize(width: 40 + i % 3, height: 36)
        let pixels = (0..<size.width * size.height).flatMap { _ -> [UInt8] in
          let noise = UInt8(stream.index(below: 120))
          return label == 0 ? [noise + 100, noise, noise] : [noise, noise, noise + 100]
        }
        try Files.write(
          try Image(size: size, pixels: pixels).jpeg(quality: 90),
          to: "\(path)/\(split)/\(name)/\(i).JPEG")
      }
    }
  }
}

/// An experiment on such a folder, small enough for a test.
func smallExperiment() -> Experiment {
  var experiment = Experiment("small", "a test")
  experiment.model.normalization = .batch
  experiment.model.hasFinalReLU = false
  return experiment
}

/// The words of a command line that trains it for a moment.
func words(data: String, output: String, _ more: String...) -> [String] {
  [
    "--profile", "demo", "--data-path", data, "--output-dir", output, "--epochs", "2", "-b", "6",
    "--image-size", "32", "--progress", "none",
  ] + more
}
