/// Imagenette: ten classes of ImageNet that are easy to tell apart.
///
/// Source: J. Howard, fast.ai, https://github.com/fastai/imagenette.
package enum Imagenette {
  /// The data set in the folders that `make data` unpacks its archives into, the largest images
  /// first.
  package static let dataset = NamedDataset(
    name: "Imagenette",
    folders: ["data/imagenette2", "data/imagenette2-320", "data/imagenette2-160"], generator: nil)

  /// The classes by their WordNet identifiers, labels in order.
  package static let classes = [
    ImageClass(folder: "n01440764", name: "tench"),
    ImageClass(folder: "n02102040", name: "English springer"),
    ImageClass(folder: "n02979186", name: "cassette player"),
    ImageClass(folder: "n03000684", name: "chain saw"),
    ImageClass(folder: "n03028079", name: "church"),
    ImageClass(folder: "n03394916", name: "French horn"),
    ImageClass(folder: "n03417042", name: "garbage truck"),
    ImageClass(folder: "n03425413", name: "gas pump"),
    ImageClass(folder: "n03445777", name: "golf ball"),
    ImageClass(folder: "n03888257", name: "parachute"),
  ]

  /// The notebook's statistics of the training images.
  package static let normalization = PixelNormalization(
    mean: [0.4625, 0.4580, 0.4295], standardDeviation: [0.2452, 0.2390, 0.2469])
}
