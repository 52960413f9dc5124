import Datasets

/// Data, image size and schedule, from a first try to exactly the notebook's.
package enum Profile: String, CaseIterable, Sendable {
  /// Generated images at 64 px: under a minute per run, no network connection needed.
  case demo
  /// Imagenette at 128 px, 30 epochs.
  case quick
  /// The notebook's schedule at 128 px.
  case notebook128 = "notebook-128"
  /// Exactly the notebook: 224 px, 250 epochs.
  case notebook

  /// The images, unless a run names a folder of its own.
  package var dataset: NamedDataset {
    switch self {
    case .demo: DemoData.dataset
    case .quick, .notebook128, .notebook: Imagenette.dataset
    }
  }

  /// The height and width of the network's input in pixels.
  package var imageSize: Int {
    switch self {
    case .demo: 64
    case .quick, .notebook128: 128
    case .notebook: 224
    }
  }

  /// Passes over the data.
  package var epochs: Int {
    switch self {
    case .demo: 8
    case .quick: 30
    case .notebook128, .notebook: 250
    }
  }

  /// Images per step.
  package var batchSize: Int {
    switch self {
    case .demo: 16
    case .quick, .notebook128, .notebook: 128
    }
  }

  /// The learning rate of the first epoch.
  package var learningRate: Double {
    switch self {
    // At the notebook's rate, the first steps on such small batches often silence classes for good: the
    // ReLU after the last convolution keeps their logits at 0. At this rate few classes are, and so short
    // a training shows how much faster a normalized network learns.
    case .demo: 0.00025
    case .quick, .notebook128, .notebook: 0.01
    }
  }

  /// The seeds of an experiment's runs.
  package var seeds: [UInt64] {
    switch self {
    case .demo, .quick: [0, 1, 2]
    // A run takes hours.
    case .notebook128, .notebook: [0]
    }
  }

  /// One line for the help.
  package var summary: String {
    let schedule = "\(imageSize) px, \(epochs) epochs, batches of \(batchSize)"
    let note =
      switch self {
      case .demo: "; under a minute per run"
      case .quick, .notebook128: ""
      case .notebook: ": exactly the notebook"
      }
    return "\(dataset.name), \(schedule)\(note)"
  }
}
