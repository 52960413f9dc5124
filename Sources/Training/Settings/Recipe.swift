import Datasets

/// How a network is trained. The values here are the notebook's; an experiment states only what it
/// changes.
public struct Recipe: Equatable, Sendable {
  /// The learning rate of the first epoch; `nil` for the profile's.
  public var learningRate: Double?
  /// What the cosine ends at; `nil` for a hundredth of the first rate.
  public var finalLearningRate: Double?
  /// The share of the last step's velocity that the next one keeps.
  public var momentum = 0.9
  /// The notebook's runs use none, though its training function defaults to 1e-5.
  public var weightDecay = 0.0
  /// The largest norm of all gradients together; `nil` for no clipping.
  public var gradientNormLimit: Double?
  /// What is done to training images.
  public var augmentation = Augmentation.notebook
  /// Whether every epoch sees the images in another order.
  public var isShuffled = true
  /// `nil` for the profile's.
  public var epochs: Int?
  /// Images in a step; `nil` for the profile's.
  public var batchSize: Int?

  /// The notebook's recipe.
  public init() {}
}
