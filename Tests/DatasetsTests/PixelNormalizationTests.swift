import Datasets
import NeuralNetwork
import Support
import Testing

@Suite("Normalization of pixels")
struct PixelNormalizationTests {
  @Test(
    "Normalization computes (byte / 255 - mean) / deviation, each step in single precision",
    arguments: [1, 15, 16, 17, 256, 300])
  func normalizes(width: Int) {
    let own = PixelNormalization(
      mean: [-1e-3, 0.9, 123.25], standardDeviation: [1e-30, 3.7e8, 0.333])
    for normalization in [Imagenette.normalization, own] {
      for height in [1, 3] {
        // Three values next to each other are 0, 1, 2, the next ones 1, 2, 3 and so on up to 255.
        let bytes = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 / 3 + $0 % 3) }
        let pixels = Image(
          size: ImageSize(width: width, height: height), pixels: bytes)
        let tensor = normalization.tensor(of: pixels)
        #expect(tensor.shape == Shape(1, height, width, 3))
        let expected = bytes.enumerated().map { index, byte in
          let channel = index % 3
          return (Float(byte) / 255 - normalization.mean[channel])
            / normalization.standardDeviation[channel]
        }
        #expect(tensor.elements.map(\.bitPattern) == expected.map(\.bitPattern))
      }
    }
  }
}
