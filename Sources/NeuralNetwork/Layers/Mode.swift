/// How a network is run.
package enum Mode: Sendable {
  /// With batch statistics and dropout, keeping what the backward pass needs.
  case training(Draws)
  /// With running statistics and without dropout, keeping nothing.
  case evaluation

  /// Whether a backward pass may follow.
  package var isTraining: Bool {
    if case .training = self { true } else { false }
  }
}

/// What names the random draws of a batch, so that they depend on nothing else.
package struct Draws: Sendable {
  /// The seed of the run.
  package var seed: UInt64
  /// The epoch, from 1.
  package var epoch: Int
  /// The index of each image of the batch in the dataset.
  package var samples: [Int]

  /// The draws for some samples of an epoch.
  package init(seed: UInt64, epoch: Int, samples: [Int]) {
    self.seed = seed
    self.epoch = epoch
    self.samples = samples
  }
}
