import Datasets

/// How a network is trained. The defaults are the notebook's; an experiment states only what it changes.
public struct Recipe: Equatable, Sendable {
  /// The learning rate of the first epoch; `nil` for the profile's.
  public var learningRate: Double?
  /// The learning rate that the cosine ends at; `nil` for a hundredth of the first.
  public var finalLearningRate: Double?
  /// The share of the velocity that the next step keeps.
  public var momentum = 0.9
  /// The strength of L2 regularization. The notebook's runs use none, though its training function
  /// defaults to 1e-5.
  public var weightDecay = 0.0
  /// The largest norm of all gradients together; `nil` for no clipping.
  public var gradientNormLimit: Double?
  /// The augmentation of training images.
  public var augmentation = Augmentation.notebook
  /// Whether every epoch has a different order of images.
  public var isShuffled = true
  /// Passes over the data; `nil` for the profile's.
  public var epochs: Int?
  /// Images per step; `nil` for the profile's.
  public var batchSize: Int?

  /// The notebook's recipe.
  public init() {}
}
