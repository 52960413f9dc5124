import Datasets
import Models
import NeuralNetwork
import Support

/// What computes convolutions.
public enum Engine: String, CaseIterable, Sendable {
  /// This project's own kernels, with the same bits on every processor.
  case direct
  /// Matrix products of the system's OpenBLAS, for comparison.
  case openblas

  /// The engine itself.
  package var convolutions: any ConvolutionEngine {
    switch self {
    case .direct: DirectEngine()
    case .openblas: OpenBLASEngine()
    }
  }
}

/// Everything that decides the numbers of a run, apart from the code and the data's content.
public struct Settings: Equatable, Sendable {
  /// The network.
  public var model = SqueezeNet.Configuration()
  /// The training.
  public var recipe = Recipe()
  /// Names all random draws.
  public var seed: UInt64 = 0
  /// What computes convolutions.
  public var engine = Engine.direct
  /// What the recipe leaves open.
  public var profile = Profile.demo
  /// Height and width of the images that the network sees; `nil` for the profile's.
  public var imageSize: Int?
  /// How many training images; `nil` for all.
  public var trainingLimit: Int?
  /// How many validation images; `nil` for all.
  public var validationLimit: Int?
  /// Weights to start from instead of drawn ones: a safetensors file.
  public var initialWeights: String?
  /// Whether images that cannot be used are left out, as if their files did not exist.
  public var skipsBadImages = false
  /// Whether `steps.csv` is written too.
  public var logsSteps = false

  /// The notebook's network and recipe, in profile `demo`.
  public init() {}

  /// The recipe's epochs, else the profile's.
  public var epochs: Int { recipe.epochs ?? profile.epochs }
  /// Images in a step: the recipe's, else the profile's.
  public var batchSize: Int { recipe.batchSize ?? profile.batchSize }
  /// Height and width of the images that the network sees, in pixels.
  public var crop: Int { imageSize ?? profile.imageSize }
  /// The sizes that images are resized to before they are cropped.
  package var transformSizes: TransformSizes { TransformSizes(crop: crop) }
  /// The rate of the first epoch: the recipe's, else the profile's.
  public var learningRate: Double { recipe.learningRate ?? profile.learningRate }

  /// The rate that the schedule ends at: the recipe's, else a hundredth of the first.
  public var finalLearningRate: Double { recipe.finalLearningRate ?? learningRate / 100 }

  /// The learning rates of all epochs: half a cosine from the first to the final one.
  package var schedule: CosineSchedule {
    CosineSchedule(first: learningRate, final: finalLearningRate, epochs: epochs)
  }

  /// The network, still without weights.
  ///
  /// - Throws: `Failure` with code 64 where nothing would be left of so small an image.
  func makeNetwork() throws -> SqueezeNet {
    let network = SqueezeNet(model, engine: engine.convolutions)
    try network.checkImageSize(crop)
    return network
  }

  /// Checks that batch norm sees two values a channel: the last batch of an epoch may hold a single
  /// image, of which the last stages see few pixels.
  ///
  /// - Throws: `Failure` with code 64.
  func checkLastBatch(images: Int) throws {
    let last = images % batchSize
    let smallest = last == 0 ? batchSize : last
    let layers = try makeNetwork().architecture(imageSize: crop).leaves
    let pixels = layers.filter { $0.kind.type == "BatchNorm2d" }.map(\.outputShape.pixels).min()
    guard smallest > 1 || pixels.map({ $0 > 1 }) ?? true else {
      throw Failure(
        .usage,
        "batch norm needs more than one value a channel: the last batch of an epoch has one image,"
          + " of which one pixel is left; choose another batch size or image size")
    }
  }
}
