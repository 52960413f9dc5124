import Datasets
import Support

/// Writes a data set in Imagenette's layout: two classes of noisy images that differ in color, with
/// so many training and validation images each.
package func writeSmallDataset(
  to path: String, training: Int = 10, validation: Int = 4
) throws {
  for (split, count) in [(Split.training, training), (.validation, validation)] {
    for (label, name) in ["ant", "cat"].enumerated() {
      let folder = "\(path)/\(split.folder)/\(name)"
      try Files.createFolder(folder)
      for index in 0..<count {
        var stream = RandomStream(
          seed: UInt64(label), purpose: .demoImages, epoch: split == .training ? 1 : 2,
          sample: index)
        let size = ImageSize(width: 40 + index % 3, height: 36)
        let pixels = (0..<size.width * size.height).flatMap { _ -> [UInt8] in
          let noise = UInt8(stream.index(below: 120))
          return label == 0 ? [noise + 100, noise, noise] : [noise, noise, noise + 100]
        }
        try Files.write(
          try Image(size: size, pixels: pixels).jpeg(quality: 90),
          to: "\(folder)/\(name)_\(index).JPEG")
      }
    }
  }
}
