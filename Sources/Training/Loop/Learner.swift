import Datasets
import Models
import NeuralNetwork
import Support

/// A network in training, together with the optimizer of its parameters.
struct Learner {
  let network: SqueezeNet
  var optimizer: any Optimizer
  private let settings: Settings

  /// A network with its initial weights, before the first step.
  ///
  /// - Throws: `Failure` with code 64 if the images are too small for the network, or the last batch
  ///   of an epoch for batch norm; 66 if the file of its weights is missing, 65 if it does not fit.
  init(_ settings: Settings, trainingImages: Int) throws {
    try settings.checkLastBatch(images: trainingImages)
    network = try settings.makeInitialNetwork()
    optimizer = settings.makeOptimizer(for: network)
    self.settings = settings
  }

  /// Computes the gradients of a batch, clips them if the recipe says so, and updates the weights.
  ///
  /// - Parameters:
  ///   - batch: The images and labels.
  ///   - epoch: The epoch, from 1.
  ///   - number: The step within its epoch, from 1.
  ///   - learningRate: The learning rate.
  /// - Returns: The outcome, with the loss before the update.
  mutating func step(
    on batch: Batch, epoch: Int, number: Int, learningRate: Double
  ) -> TrainingStep {
    let loss = network.lossWithGradients(
      images: batch.images, labels: batch.labels,
      draws: Draws(seed: settings.seed, epoch: epoch, samples: batch.samples))
    let limit = settings.recipe.gradientNormLimit
    let norm =
      limit.map { clipGradientNorm(of: network.parameters, to: $0) }
      ?? gradientNorm(of: network.parameters)
    optimizer.step(learningRate: learningRate)
    return TrainingStep(
      metrics: StepMetrics(
        epoch: epoch, step: number, learningRate: Float(learningRate), loss: loss.mean,
        gradientNorm: norm),
      images: batch.labels.count,
      correct: zip(loss.predictions, batch.labels).count { $0 == $1 },
      isClipped: limit.map { norm > $0 } ?? false)
  }
}

/// The outcome of one training step.
struct TrainingStep {
  /// Its row of `steps.csv`.
  var metrics: StepMetrics
  /// The size of the batch.
  var images: Int
  /// How many images of the batch were classified correctly, before the update.
  var correct: Int
  /// Whether the gradients were scaled down.
  var isClipped: Bool

  /// The values that TensorBoard shows of the step.
  var scalars: [(name: String, value: Float)] {
    [
      ("loss", Float(metrics.loss)), ("accuracy", Float(correct) / Float(images)),
      ("learning_rate", metrics.learningRate), ("gradient_norm", Float(metrics.gradientNorm)),
    ]
  }
}
