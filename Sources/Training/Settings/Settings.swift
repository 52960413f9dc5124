import Datasets
import Models
import NeuralNetwork
import Support

/// Everything that decides the numbers of a run, apart from the code and the content of the data.
public struct Settings: Equatable, Sendable {
  /// The network.
  public var model = SqueezeNet.Configuration()
  /// The training.
  public var recipe = Recipe()
  /// The seed of all random draws.
  package(set) public var seed: UInt64 = 0
  /// The implementation of convolutions.
  public var engine = Engine.direct
  /// The source of everything that is left open: data, image size and schedule. It follows from the
  /// command line and from the data that exist.
  package var profile = Profile.demo
  /// The height and width of the network's input in pixels; `nil` for the profile's.
  public var imageSize: Int?
  /// The number of training images; `nil` for all.
  public var trainingLimit: Int?
  /// The number of validation images; `nil` for all.
  public var validationLimit: Int?
  /// A safetensors file of weights to start from; `nil` for random ones.
  public var initialWeights: String?
  /// The number of epochs without a better validation accuracy after which a training ends early; `nil` for
  /// never.
  public var patience: Int?
  /// Whether images that cannot be used are left out, as if their files did not exist.
  public var skipsBadImages = false
  /// Whether `steps.csv` is also written.
  public var logsSteps = false

  /// The notebook's network and recipe, in profile `demo`.
  public init() {}

  /// Passes over the data: the recipe's, else the profile's.
  public var epochs: Int { recipe.epochs ?? profile.epochs }
  /// Images per step: the recipe's, else the profile's.
  public var batchSize: Int { recipe.batchSize ?? profile.batchSize }
  /// The height and width of the network's input in pixels.
  public var crop: Int { imageSize ?? profile.imageSize }
  /// The sizes that images are resized to before they are cropped.
  package var transformSizes: TransformSizes { TransformSizes(crop: crop) }
  /// The learning rate of the first epoch: the recipe's, else the profile's.
  public var learningRate: Double { recipe.learningRate ?? profile.learningRate }

  /// The learning rate that the schedule ends at: the recipe's, else a hundredth of the first.
  public var finalLearningRate: Double { recipe.finalLearningRate ?? learningRate / 100 }

  /// The learning rate of each epoch.
  package var schedule: any LearningRateSchedule {
    CosineSchedule(first: learningRate, final: finalLearningRate, epochs: epochs)
  }

  /// The optimizer of a network's parameters.
  package func makeOptimizer(for network: SqueezeNet) -> any Optimizer {
    SGD(network.parameters, momentum: recipe.momentum, weightDecay: recipe.weightDecay)
  }

  /// Builds the network, still without weights.
  ///
  /// - Throws: `Failure` with code 64 if images are too small for it.
  package func makeNetwork() throws -> SqueezeNet {
    let network = try SqueezeNet(model, engine: engine.convolutions)
    try network.checkImageSize(crop)
    return network
  }

  /// Builds the network and draws its initial weights, or reads those that the settings name.
  ///
  /// - Throws: `Failure` with code 64 if images are too small for it, 66 if the file is missing, 65 if it does
  ///   not fit the network.
  func makeInitialNetwork() throws -> SqueezeNet {
    let network = try makeNetwork()
    network.initialize(seed: seed)
    if let path = initialWeights { try network.load(SafeTensors(contentsOf: path), path: path) }
    return network
  }

  /// Checks that the learning rate does not rise.
  ///
  /// - Throws: `Failure` with code 64 otherwise.
  func checkLearningRates() throws {
    guard finalLearningRate <= learningRate else {
      throw Failure(
        .usage,
        "--lr-min \(CSV.format(finalLearningRate)) is above --lr \(CSV.format(learningRate))")
    }
  }

  /// Checks that batch norm always has at least two values per channel: the last batch of an epoch may
  /// be a single image, which the last stages reduce to a few pixels.
  ///
  /// - Throws: `Failure` with code 64 otherwise.
  func checkLastBatch(images: Int) throws {
    let last = images % batchSize
    let smallest = last == 0 ? batchSize : last
    let layers = try makeNetwork().architecture(imageSize: crop).leaves
    let pixels = layers.filter { $0.kind.type == "BatchNorm2d" }.map(\.outputShape.pixels).min()
    guard smallest > 1 || pixels.map({ $0 > 1 }) ?? true else {
      throw Failure(
        .usage,
        "batch norm needs more than one value per channel: the last batch of an epoch is one image,"
          + " of which one pixel is left; choose another batch size or image size")
    }
  }
}
