/// The mode in which a network is run.
package enum Mode: Sendable {
  /// With batch statistics and dropout; layers keep what the backward pass needs.
  case training(Draws)
  /// With running statistics and without dropout; layers keep nothing.
  case evaluation

  /// Whether a backward pass may follow.
  package var isTraining: Bool {
    if case .training = self { true } else { false }
  }
}

/// The key of a batch's random draws, which depend on nothing else.
package struct Draws: Sendable {
  /// The seed of the run.
  package var seed: UInt64
  /// The epoch, from 1.
  package var epoch: Int
  /// The index in the dataset of each image of the batch.
  package var samples: [Int]

  /// The draws of some samples in an epoch.
  package init(seed: UInt64, epoch: Int, samples: [Int]) {
    self.seed = seed
    self.epoch = epoch
    self.samples = samples
  }
}
